"""Names of the holidays, and the last year for which the State Council's notice is known.

Source: 全国年节及纪念日放假办法 (State Council decree 795, in force since 2025-01-01) for the holidays; each November
a notice of the State Council's General Office for the days off and make-up days (调休) of the next year.
"""


def gettext_noop(msgid: str) -> str:
    """Mark a msgid for the catalogue; this module stays free of Django."""
    return msgid


# The last year whose notice is in the data of the `holidays` package: 国务院办公厅关于2026年部分节假日安排的通知,
# 国办发明电〔2025〕7号, 2025-11-04. For a later year the package answers with the holidays alone, silently without
# make-up days; such a year is provisional here until an administrator imports its notice. Raised by hand, with the
# notice in hand; a test compares it with the package and with a second source.
PUBLISHED_THROUGH = 2026

# The first year that was compared day by day with a second source.
FIRST_YEAR = 2006

# How far provisional years reach. A limit never ends ten years ahead; dates beyond are refused rather than guessed.
LAST_YEAR = PUBLISHED_THROUGH + 10

# 农历除夕 became part of 春节 in the decree of 2024; the extension of 2020 was of 春节 too.
HOLIDAY_MSGIDS = {
    "元旦": gettext_noop("New Year's Day"),
    "春节": gettext_noop("Spring Festival"),
    "农历除夕": "Spring Festival",
    "春节延长假期": "Spring Festival",
    "清明节": gettext_noop("Qingming Festival"),
    "劳动节": gettext_noop("Labour Day"),
    "端午节": gettext_noop("Dragon Boat Festival"),
    "中秋节": gettext_noop("Mid-Autumn Festival"),
    "国庆节": gettext_noop("National Day"),
    "中秋节; 国庆节": gettext_noop("National Day and Mid-Autumn Festival"),
    "国庆节、中秋节": "National Day and Mid-Autumn Festival",
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": gettext_noop("Victory Day"),
}


def holiday_msgid(chinese: str) -> str:
    """The msgid of a holiday named in Chinese, with or without 补假; a name nobody knows yet stays as it is written."""
    plain = chinese.removesuffix("（补假）").strip()
    return HOLIDAY_MSGIDS.get(plain, plain)
