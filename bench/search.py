"""The search over names: that nothing is missed among 100,000 enterprises, and how long a search takes."""

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from bench.run import Figure, figure, limit
from bench.scratch import START, scratch_database
from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from profiles.enums import KeyKind
from profiles.folding import fold
from profiles.models import EnterpriseName, SearchKey
from profiles.selectors import search
from profiles.services import names

ENTERPRISES = 100_000
FORMER = 10_000
QUERIES = 60  # of each kind
CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BRAND = (
    "瀛沐泽源启航恒信瑞丰天成嘉禾博远智创云帆海纳百川金桥绿洲新晟宏图卓越明德华岳安康永利佳美星辰东方南洋西岭北斗光明"
    "润泰同济中科国盛汇通达观思睿诚毅品峰力行致远乐长单曾重厦朝都盛泊石和易联凯驰骏腾翔飞鸿雁鹤松柏竹梅兰菊荷莲枫桦"
)
PLACES = [
    *[("上海", "Shanghai")] * 12,
    *[("崇明", "Chongming")] * 3,
    *[("长兴", "Changxing"), ("重庆", "Chongqing"), ("厦门", "Xiamen"), ("江苏", "Jiangsu"), ("浙江", "Zhejiang")],
]
TRADES = [
    ("生物科技", "Biotechnology"), ("信息技术", "Information Technology"), ("新能源", "New Energy"),
    ("海洋装备", "Marine Equipment"), ("环保科技", "Environmental Technology"), ("农业发展", "Agriculture Development"),
    ("国际贸易", "International Trading"), ("企业管理咨询", "Management Consulting"), ("文化传媒", "Culture and Media"),
    ("智能装备", "Intelligent Equipment"), ("供应链管理", "Supply Chain Management"), ("医疗器械", "Medical Devices"),
    ("建筑工程", "Construction Engineering"), ("物流", "Logistics"), ("食品", "Foods"), ("电子商务", "E-Commerce"),
    ("船舶重工", "Shipbuilding"), ("旅行社", "Travel Agency"), ("银行数据服务", "Banking Data Services"),
]  # fmt: skip
FORMS = [
    *[("有限公司", "Co., Ltd.")] * 8,
    ("股份有限公司", "Corporation Limited"),
    ("集团有限公司", "Group Co., Ltd."),
    ("合伙企业(有限合伙)", "(Limited Partnership)"),
    ("有限责任公司", "Company Limited"),
]
SYLLABLES = (
    *(
        "an",
        "bo",
        "chen",
        "da",
        "en",
        "fang",
        "gu",
        "hai",
        "jin",
        "kai",
        "lan",
        "mo",
        "nova",
        "ori",
        "pei",
        "qi",
        "rui",
    ),
    *("sen", "tai", "vita", "wei", "xin", "yun", "zen"),
)


@dataclass(frozen=True)
class Query:
    kind: str
    words: str


def figures(seed: int) -> list[Figure]:
    with scratch_database():
        fill(random.Random(seed), ENTERPRISES, FORMER)
        tidy()
        return measure(random.Random(seed + 1), QUERIES)


def fill(chance: random.Random, many: int, former: int) -> None:
    """Enterprises with names as they are registered: place, brand, trade, form of company; some had another before."""
    Enterprise.objects.bulk_create(
        (
            Enterprise(
                name_zh=zh, name_en=en, uscc=code, is_forming=False, approval=Approval.APPROVED, created_at=START
            )
            for (zh, en), code in ((name(chance), _code(chance, n)) for n in range(many))
        ),
        batch_size=5000,
    )
    chosen = chance.sample(list(Enterprise.objects.order_by("pk").values_list("pk", flat=True)), former)
    EnterpriseName.objects.bulk_create(
        (EnterpriseName(enterprise_id=pk, kind="former", text=name(chance)[0]) for pk in chosen), batch_size=5000
    )
    start = time.perf_counter()
    names.follow(None)
    print(f"keys of {many:,} enterprises written in {time.perf_counter() - start:.0f} s", flush=True)


def tidy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE profiles_searchkey")
        cursor.execute("VACUUM ANALYZE profiles_enterprisename")
        cursor.execute("VACUUM ANALYZE accounts_enterprise")


def name(chance: random.Random) -> tuple[str, str]:
    place, trade, form = chance.choice(PLACES), chance.choice(TRADES), chance.choice(FORMS)
    brand_zh = "".join(chance.sample(BRAND, chance.choice((2, 2, 2, 3, 4))))
    brand_en = "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3)))).capitalize()
    if chance.random() < 0.15:
        return f"{brand_zh}({place[0]}){trade[0]}{form[0]}", f"{brand_en} ({place[1]}) {trade[1]} {form[1]}"
    return f"{place[0]}{brand_zh}{trade[0]}{form[0]}", f"{place[1]} {brand_en} {trade[1]} {form[1]}"


def _code(chance: random.Random, number: int) -> str:
    """In the shape of a code, which is all that a search looks at."""
    return f"9131{chance.randrange(10**4):04d}MA{''.join(chance.choices(CODE_LETTERS, k=3))}{number:05d}"


def queries(chance: random.Random, each: int) -> Iterator[Query]:
    """Of every kind as many, cut out of the texts themselves; and words that stand nowhere."""
    rows = dict[str, list[str]]()
    for kind in KeyKind:
        rows[kind.value] = list(SearchKey.objects.filter(kind=kind).order_by("pk").values_list("text", flat=True))
    cuts = {
        "part of a name": (KeyKind.NAME, 1, 6),
        "part of an English name": (KeyKind.ENGLISH, 1, 12),
        "part of pinyin": (KeyKind.PINYIN, 1, 14),
        "part of initials": (KeyKind.INITIALS, 1, 6),
        "part of a code": (KeyKind.CODE, 1, 18),
        "part of a former name": (KeyKind.FORMER, 1, 6),
        "core of a name": (KeyKind.CORE, 2, 4),
    }
    for kind, (key, least, longest) in cuts.items():
        for _ in range(each):
            text = chance.choice(rows[key.value])
            size = min(len(text), chance.randint(least, longest))
            place = chance.randrange(len(text) - size + 1)
            yield Query(kind, text[place : place + size])
    for _ in range(each):
        text = chance.choice(rows[KeyKind.NAME.value])
        yield Query("whole name", text)
        yield Query("nowhere", "".join(chance.choices(BRAND, k=3)) + chance.choice(["鑫", "犇", "xq", ""]))
        yield Query("nowhere", "".join(chance.choices("aeiouqxzvwk", k=chance.randint(3, 7))))


def measure(chance: random.Random, each: int) -> list[Figure]:
    scan = [(pk, kind, text) for pk, kind, text in SearchKey.objects.values_list("enterprise_id", "kind", "text")]
    among = Enterprise.objects.filter(approval=Approval.APPROVED, merged_into__isnull=True)
    asked = list(queries(chance, each))
    chance.shuffle(asked)
    for query in asked[:50]:
        search.found(query.words, among)
    taken, wrong, by_kind = [], [], dict[str, list[float]]()
    for query in asked:
        start = time.perf_counter()
        found = search.found(query.words, among)
        seconds = time.perf_counter() - start
        taken.append(seconds)
        by_kind.setdefault(query.kind, []).append(seconds)
        if not is_right(found, expected(query.words, scan)):
            wrong.append(query)
    if wrong:
        raise AssertionError(f"{len(wrong)} of {len(asked)} searches miss something: {wrong[:5]}")
    plain = [plain_scan(query.words) for query in chance.sample(asked, 60)]
    for kind, times in sorted(by_kind.items()):
        print(f"  {kind}: median {1000 * statistics.median(times):.1f} ms, 95 of 100 {1000 * p95(times):.1f} ms")
    what = f"{ENTERPRISES:,} enterprises, {len(asked):,} searches of every kind, all complete"
    return [
        limit(name=f"{what}: 95 of 100", ours=1000 * p95(taken), unit="ms", most=30),
        figure(
            name=f"{what}: median",
            ours=1000 * statistics.median(taken),
            unit="ms",
            peer="ILIKE over names, English names and codes; no pinyin, first 50 in any order",
            theirs=1000 * statistics.median(plain),
            goal=1,
        ),
    ]


def expected(words: str, scan: list[tuple[int, str, str]]) -> set[int]:
    """By a plain look at every text; a core, which is a name with its middle cut out, counts from its beginning."""
    folded = fold(words)
    return {pk for pk, kind, text in scan if folded in text and (kind != KeyKind.CORE or text.startswith(folded))}


def is_right(found: search.Found, all_of_it: set[int]) -> bool:
    """Everything that fits, or as much as is shown and a word that there is more."""
    shown = set(found.by)
    if len(all_of_it) <= search.MOST:
        return shown == all_of_it and not found.is_cut
    return shown <= all_of_it and len(shown) == search.MOST and found.is_cut


def plain_scan(words: str) -> float:
    """Seconds that a search without an index takes for all that fits; a page needs the best of them, so it sees all."""
    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM accounts_enterprise WHERE name_zh ILIKE %s OR name_en ILIKE %s OR uscc ILIKE %s"
            " ORDER BY length(name_zh) LIMIT 51",
            [f"%{words}%"] * 3,
        )
        cursor.fetchall()
    return time.perf_counter() - start


def p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]
