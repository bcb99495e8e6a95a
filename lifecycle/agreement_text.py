"""The park agreement as plain text: what both sides sign is exactly these bytes, readable without any program."""

from datetime import datetime

TEXT = """入园服务协议
PARK SERVICE AGREEMENT

甲方：崇明经济园区管理委员会
乙方：{enterprise}
拟定时间：{drawn_up}
服务标准：第 {version} 版《企业全生命周期服务流程清单》

一、甲方按上述版本的服务标准为乙方办理“{procedure_zh}”，标准在办理期间对本件不作改变。
二、自双方签署本协议的次日起算，甲方承诺在 {amount} 个工作日内协助乙方取得营业执照。
三、材料需要补正的，甲方一次性书面告知全部内容；乙方补正期间，承诺时限暂停计算。
四、乙方保证所提交的材料真实、合法、有效，并对其内容负责。
五、本协议以电子形式签署。双方各自的签署人、签署时间和本文件的 SHA-256 值由平台记录留存，供双方随时查验。

Party A: Chongming Economic Park Management Committee
Party B: {enterprise_en}

1. Party A handles "{procedure_en}" for Party B under the version of the service standard named above, which stays the same
   for this case.
2. Counting from the day after both sides have signed, Party A undertakes to help Party B obtain its business licence within
   {amount} working days.
3. If materials need correction, Party A says everything in one written notice; while Party B corrects, the clock stands still.
4. Party B warrants that the materials it hands in are true, lawful and valid, and answers for their content.
5. This agreement is signed electronically. The portal keeps who signed, when, and the SHA-256 of this document, open to both
   sides at any time.
"""


def agreement_text(
    *,
    enterprise: str,
    enterprise_en: str,
    procedure_zh: str,
    procedure_en: str,
    version: int,
    amount: int,
    now: datetime,
) -> bytes:
    """The agreement in UTF-8. `amount` is the promised limit in working days; `now` in the park's own time."""
    return TEXT.format(
        enterprise=enterprise,
        enterprise_en=enterprise_en or enterprise,
        procedure_zh=procedure_zh,
        procedure_en=procedure_en,
        version=version,
        amount=amount,
        drawn_up=f"{now:%Y-%m-%d %H:%M}",
    ).encode()
