"""Procedures that were published before questions were rows get the questions that their applications asked."""

from django.db import migrations

ASKED = [
    (
        "company",
        "企业信息",
        "The company",
        [
            (
                "company_name",
                "text",
                "企业名称",
                "Name of the company",
                "填写在登记机关申报的中文名称。",
                "As reserved with the registration authority, in Chinese.",
                True,
                [],
            ),
            (
                "registered_capital",
                "number",
                "注册资本（万元）",
                "Registered capital (10,000 yuan)",
                "全体股东认缴的出资总额，例如 1200。",
                "The capital subscribed by all shareholders together, for example 1200.",
                True,
                [],
            ),
            (
                "industry",
                "text",
                "行业",
                "Industry",
                "例如生物医药、软件开发。",
                "For example biomedicine, or software development.",
                True,
                [],
            ),
            ("business_scope", "long_text", "经营范围", "Business scope", "", "", True, []),
            (
                "has_pre_approval_items",
                "yes_no",
                "经营范围是否含登记前须经批准的项目？",
                "Does the scope hold items that need approval first?",
                "例如金融、危险化学品。如有，须提交批准文件。",
                "For example finance or hazardous chemicals. If yes, the approval is one of the materials.",
                True,
                [],
            ),
        ],
    ),
    (
        "people",
        "股东与人员",
        "Shareholders and people",
        [
            ("legal_representative", "text", "法定代表人", "Legal representative", "", "", True, []),
            (
                "shareholders",
                "long_text",
                "股东及出资比例",
                "Shareholders and their shares",
                "每行一位，写明姓名或名称和出资比例，合计 100%。",
                "Name and share of each, one a line; the shares add up to 100%.",
                True,
                [],
            ),
            (
                "beneficial_owner",
                "text",
                "受益所有人",
                "Beneficial owner",
                "最终拥有或控制企业的自然人。",
                "The natural person who owns or controls the company in the end.",
                True,
                [],
            ),
            ("contact_name", "text", "联系人", "Contact person", "", "", True, []),
            ("contact_phone", "phone", "联系电话", "Phone of the contact person", "", "", True, []),
            (
                "submitted_by_agent",
                "yes_no",
                "是否委托代理人办理？",
                "Does an agent file this application?",
                "如是，须提交授权委托书。",
                "If yes, the letter of authorisation is one of the materials.",
                True,
                [],
            ),
        ],
    ),
    (
        "premises",
        "经营场所",
        "Business premises",
        [
            (
                "premises_kind",
                "choice",
                "场所性质",
                "Kind of premises",
                "",
                "",
                True,
                [
                    ["leased", "租赁", "Leased"],
                    ["owned", "自有", "Owned"],
                    ["provided", "园区提供（集中登记地）", "Provided by the park (shared registration address)"],
                ],
            ),
            (
                "address",
                "text",
                "住所地址",
                "Address of the domicile",
                "路名、门牌号、楼号和房间号。",
                "Street, number, building and room.",
                True,
                [],
            ),
            ("floor_area", "number", "建筑面积（平方米）", "Floor area (m²)", "", "", False, []),
        ],
    ),
]
TABLES = ("section", "question", "materialrequirement")


def fill(apps, schema_editor):
    names = ("Procedure", "Section", "Question", "MaterialRequirement")
    procedure, section, question, material = (apps.get_model("lifecycle", name) for name in names)
    if not procedure.objects.exists():
        return
    # a published standard never changes; what it says does not, only where that stands
    _triggers(schema_editor, "DISABLE")
    for one in procedure.objects.all():
        order = 0
        for place, (code, zh, en, questions) in enumerate(ASKED, 1):
            kept = section.objects.create(procedure=one, code=code, order=place, name_zh=zh, name_en=en)
            for name, kind, name_zh, name_en, hint_zh, hint_en, is_required, options in questions:
                order += 1
                question.objects.create(
                    procedure=one,
                    section=kept,
                    code=name,
                    order=order,
                    kind=kind,
                    name_zh=name_zh,
                    name_en=name_en,
                    hint_zh=hint_zh,
                    hint_en=hint_en,
                    is_required=is_required,
                    options=options,
                )
    for one in material.objects.exclude(required_if=""):
        one.condition = {"fact": f"case.{one.required_if}", "op": "is_true"}
        one.save(update_fields=["condition"])
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _triggers(schema_editor, "ENABLE")


def _triggers(schema_editor, what):
    for table in TABLES:
        schema_editor.execute(f"ALTER TABLE lifecycle_{table} {what} TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0007_general_procedures")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveField(model_name="materialrequirement", name="required_if"),
    ]
