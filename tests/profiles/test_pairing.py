"""The pure rules: what speaks for two to meet, and what is taken out of a text."""

import pytest
from django.utils import translation

from profiles import masking, pairing
from profiles.items import Named
from profiles.pairing import Offer, Want

NAME = "上海瀛沐生物科技有限公司"


def test_words_are_pairs_of_characters_and_latin_words():
    assert pairing.words("精密轴承 ABB 机器人") == ["精密", "密轴", "轴承", "abb", "机器", "器人"]


def test_what_everybody_says_is_no_word():
    assert pairing.words("零部件加工服务 parts") == ["件加", "工服"]


@pytest.mark.parametrize(
    ("one", "other", "digits"), [("3451", "3451", 4), ("345", "3452", 3), ("34", "3452", 2), ("3451", "3351", 0)]
)
def test_industries_share_leading_digits(one: str, other: str, digits: int):
    assert pairing.digits_in_common(one, other) == digits


def test_words_in_common_read_as_phrases():
    assert pairing.phrases_in_common("数控机床用滚动轴承 ABB", "高速滚动轴承，ABB 备件") == ["滚动轴承", "abb"]


def test_closer_industry_and_more_words_are_more_points():
    want = Want("3451", "滚动轴承")
    exact, group, division = (pairing.fit(want, Offer(code, "导轨")) for code in ("3451", "3459", "3499"))
    assert exact and group and division
    assert exact.points > group.points > division.points
    worded = pairing.fit(want, Offer("3499", "滚动轴承"))
    assert worded and worded.points == division.points + pairing.WORDS


def test_neither_industry_nor_words_is_no_match():
    assert (
        pairing.fit(Want("3451", "滚动轴承", wants_local=True), Offer("1411", "鲜奶", size="large", customers=9))
        is None
    )


def test_points_stay_within_a_hundred_and_reasons_read_in_both_languages():
    offer = Offer("3451", "滚动轴承", "medium", (Named("专精特新", "SRDI"), Named("高新技术企业", "High-tech")), 7)
    found = pairing.fit(Want("3451", "滚动轴承", wants_local=True), offer)
    assert found and found.points == 100
    with translation.override("en"):
        english = pairing.told(found.reasons)
    with translation.override("zh-hans"):
        chinese = pairing.told(found.reasons)
    assert [r["code"] for r in found.reasons] == ["industry", "words", "local", "size", "tags", "customers"]
    assert "SRDI, High-tech" in english[4] and "专精特新" in chinese[4]
    assert english[5].startswith("7 customers")
    assert all(one != other for one, other in zip(english, chinese, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "上海瀛沐生物科技有限公司生产的培养基",
        "瀛沐生物的培养基",
        "瀛沐牌培养基",
        "瀛 沐、瀛·沐 培养基",
        "培养基，请找陈予安",
        "培养基，电话 138-0000-4126",
        "培养基，021 6962 1234",
        "培养基 chen@yingmu.example.com",
        "培养基 www.yingmu.com.cn/a",
        "培养基 yingmu.cn",
        "培养基 Yingmu Biotech 出品",
        "培养基 YINGMU",
        "培养基，代码 91310230MA1K0ABC3B",
        "培养基 微信号：yingmu2026",
    ],
)
def test_nothing_that_tells_whose_it_is_stays_in_a_text(text: str):
    shown = masking.masked(text, [NAME, "Shanghai Yingmu Biotech Co., Ltd."], ["陈予安", "上海市崇明区东滩"])
    assert "培养基" in shown and masking.MASK in shown
    for secret in ("瀛", "沐", "予安", "138", "4126", "6962", "ingmu", "INGMU", "@", "9131"):
        assert secret not in shown, shown


def test_what_tells_nothing_stays():
    text = "上海工厂用培养基，年需 5000 升，pH 7.2，型号 XR-200"
    assert masking.masked(text, [NAME, "Shanghai Yingmu Biotech Co., Ltd."], [""]) == masking.masked(text, [])
    assert "5000 升" in masking.masked(text, [NAME])
