"""One example context for each component: what the pages give it, at its fullest."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from profiles.forms.criterion import node_of
from profiles.selectors.tags import JudgedLine

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 26, 17, 0, tzinfo=SHANGHAI)


def days() -> list[dict]:
    """A strip with every kind of day, and four folded weeks of pause."""
    first = date(2026, 11, 20)
    kinds = ["start", "weekend", "makeup", "counted", "paused", "left", "holiday", "due"]
    numbers = {"makeup": 1, "counted": 2, "left": 3, "due": 4}
    rows = [
        {"date": first + timedelta(days=i), "kind": kind, "number": numbers.get(kind), "is_today": i == 4, "note": ""}
        for i, kind in enumerate(kinds)
    ]
    rows.insert(
        1,
        {"kind": "fold", "first": date(2026, 10, 19), "last": date(2026, 11, 15), "weeks": 4, "note": "企业申请暂缓"},
    )
    return rows


CLOCK = SimpleNamespace(
    label="材料预审",
    signal="paused",
    signal_label="",
    due_at=AT,
    left_text="还有 2 个工作日",
    paused=True,
    if_today=True,
    provisional=False,
    why="承诺 3 个工作日。",
    days=days(),
)
USER = SimpleNamespace(name="王敏", role="specialist", is_authenticated=True)
FRAME = {"nav": [{"url": "/", "label": "工作台", "current": True}], "enterprise": None, "department": "企业服务科"}
STAGES = [
    {"label": "材料提交", "state": "done", "on": date(2026, 11, 20)},
    {"label": "材料预审", "state": "now", "note": "等您补正"},
    {"label": "领取执照", "state": "", "on": date(2026, 12, 2), "expected": True},
]
SERIES = [{"name": "按时", "data": [5, 7], "tone": "run"}]

NODE = node_of(
    {
        "any": [
            {"fact": "revenue_cny", "op": "between", "value": [1, 2]},
            {"not": {"fact": "sme_size", "op": "in", "value": ["micro"], "text_zh": "微型"}},
            {"fact": "rd_ratio", "op": "tiered_gte", "value": {"by": "headcount", "tiers": [{"upto": None, "min": 1}]}},
            {"all": [{"op": "review", "text_zh": "看"}, {"fact": "founded_on", "op": "age_gte", "value": 1}]},
        ]
    }
).named("criterion", {"hnte": "高企"}, {})
NODE.parts[0].errors = ["请填一个数字。"]
LINE = JudgedLine(
    "all",
    "全部满足",
    (JudgedLine("leaf", "营业收入不低于 2,000 万元", (), "上年收入", "not_met", "1,500 万元", "还差 500 万元"),),
    "",
    "not_met",
    "",
    "",
)

CONTEXTS: dict[str, dict] = {
    "account_entries": {"role": "specialist"},
    "account_links": {"user": USER, "csrf_token": "t"},
    "autosaved": {"at": AT},
    "bars": {"parts": [{"x": 0, "width": 12.5, "signal": "green"}]},
    "brand": {},
    "chart": {
        "id": "weekly",
        "title": "每周",
        "spec": {"kind": "stack", "labels": ["9/7", "</script>"], "series": SERIES},
        "heads": ["周", "按时"],
        "rows": [["9/7", 5]],
    },
    "confirm": {
        "label": "撤回",
        "question": "撤回申请？",
        "text": "撤回后要重新提交。",
        "url": "/withdraw",
        "button": "撤回",
        "fields": [("reason", "企业要求")],
        "csrf_token": "t",
    },
    "criterion_editor": {
        "node": NODE,
        "root": "criterion",
        "is_root": True,
        "id": "id_criterion",
        "said": "居民企业：是",
    },
    "criterion_read": {"line": LINE},
    "crumbs": {"items": [{"url": "/cases/", "label": "我的办件"}, {"label": "内资企业注册"}]},
    "dots": {"p50": 35.9, "p90": 66.7, "span": 30.8, "limit": 76.9, "label": "承诺 3 天"},
    "due": {"clock": CLOCK, "open": True},
    "due_words": {"clock": CLOCK},
    "empty_state": {"title": "还没有办件", "text": "从事项清单开始。", "icon": "inbox", "url": "/", "label": "看事项"},
    "error_summary": {"items": [{"id": "m2", "text": "股东身份证明：请重拍"}]},
    "filter_bar": {
        "label": "按时钟筛选",
        "filters": [
            {"url": "?", "label": "全部", "count": 18, "current": True},
            {"url": "?s=red", "signal": "red", "count": 0},
        ],
    },
    "keys_help": {"dialog": True},
    "keys_help_task": {"review": True},
    "language": {"next": "/cases/", "csrf_token": "t"},
    "material_row": {
        "id": "m1",
        "name": "公司章程",
        "meta": "第 3 版",
        "state": "bad",
        "chip": "需补正",
        "optional": True,
        "why": "缺第 12 条。",
        "remedy": "请补上。",
        "download_url": "/d",
        "template_url": "/t",
        "action_url": "/u",
        "action_label": "重新上传",
    },
    "message": {"name": "陈予安", "text": "好的。\n今天补齐。", "at": AT, "mine": True, "read": True},
    "notice": {"text": "只发一次。"},
    "page_head": {
        "title": "内资企业注册",
        "sub": "瀛沐生物",
        "reference_label": "办件号",
        "reference": "CM26-1120-07",
        "actions": [{"url": "/c", "label": "联系经办人", "icon": "telephone", "kind": "text"}],
    },
    "pagination": {"previous_url": "?before=1", "next_url": "?after=2", "shown": "18 件"},
    "person": {"name": "王敏", "dept": "企业服务科", "size": "l", "lines": ["自今天 09:12 起"]},
    "person_menu": {"user": USER, "frame": FRAME, "csrf_token": "t"},
    "progress": {"value": 3, "max": 6, "label": "材料进度", "signal": "amber"},
    "search": {"url": "/desk/", "value": "CM26", "placeholder": "办件号、企业", "label": "搜索办件或企业"},
    "signal": {"signal": "amber"},
    "stage_bar": {"stages": STAGES},
    "stepper": {
        "number": 2,
        "steps": [{"label": "事项", "state": "done", "url": "/1"}, {"label": "材料", "state": "now"}],
    },
    "timeline": {"entries": [{"at": AT, "actor": "王敏", "text": "发出补正", "who": "企业服务科", "now": True}]},
    "toast": {"messages": [SimpleNamespace(level_tag="warning", __str__=lambda self: "请核对")]},
    "upload": {
        "id": "f1",
        "url": "/u",
        "label": "公司章程",
        "accept": ".pdf",
        "max_bytes": 20 * 1024 * 1024,
        "hint": "PDF",
        "error": "文件打不开，请重新导出。",
        "target": "m1",
        "camera": True,
        "fields": [("material", "7")],
        "csrf_token": "t",
    },
}
