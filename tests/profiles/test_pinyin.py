"""How names are read and folded."""

import pytest

from profiles.folding import core, fold, sound
from profiles.pinyin import MOST_READINGS, initials, spelled


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("上海瀛沐", "shanghaiyingmu"),
        ("崇明", "chongming"),
        ("长兴岛", "changxingdao"),
        ("重庆", "chongqing"),
        ("厦门大厦", "xiamendasha"),
        ("工商银行", "gongshangyinhang"),
        ("ABC科技", "abckeji"),
    ],
)
def test_name_is_spelled(name: str, pinyin: str):
    assert spelled(name) == [pinyin]


@pytest.mark.parametrize(
    ("name", "both"),
    [
        ("单氏贸易", {"shanshimaoyi", "danshimaoyi"}),
        ("曾记", {"zengji", "cengji"}),
        ("仇家", {"qiujia", "choujia"}),
        ("绿洲", {"lvzhou", "luzhou"}),
        ("长风", {"changfeng", "zhangfeng"}),
    ],
)
def test_character_with_two_readings_gives_both(name: str, both: set[str]):
    assert set(spelled(name)) == both


def test_readings_are_bounded_and_the_likeliest_comes_first():
    found = spelled("长行乐都会藏盛单曾")
    assert len(found) == MOST_READINGS
    assert found[0].startswith("changhangle")


def test_initials_keep_the_letters_of_the_name_itself():
    assert initials("上海瀛沐生物") == ["shymsw"]
    assert initials("安ABC安") == ["aabca"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ（上海）有限公司", "abc上海有限公司"),
        ("Ying-Mu  Bio · Tech", "yingmubiotech"),
        ("Nürnberg", "nvrnberg"),
        ("Café №1", "cafeno1"),
        ("“瀛沐”、（筹）", "瀛沐筹"),
        ("（、）", ""),
    ],
)
def test_width_case_and_punctuation_fold_away(text: str, folded: str):
    assert fold(text) == folded


@pytest.mark.parametrize(
    "name",
    [
        "上海瀛沐生物科技有限公司",
        "瀛沐生物科技（上海）有限公司",
        "上海市瀛沐生物科技股份有限公司",
        "瀛沐生物科技",
        "瀛沐生物科技(筹)",
    ],
)
def test_core_is_what_is_left_without_place_and_form(name: str):
    assert core(name) == "瀛沐生物科技"


def test_core_in_english_and_of_a_name_that_is_nothing_else():
    assert core("Shanghai Yingmu Biotech Co., Ltd.") == core("YINGMU BIOTECH Limited") == "yingmubiotech"
    assert core("上海有限公司") == "上海有限公司"


def test_sounds_that_are_mistaken_for_each_other_are_one():
    assert sound("zhangshan") == sound("zangsan")
    assert sound("lanxing") == sound("nanxin")
    assert sound("yingmu") != sound("yongmu")
