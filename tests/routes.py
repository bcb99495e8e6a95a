"""Every address of the portal, with its parameters filled from one rich case of enterprise A."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pgtrigger
from django.apps import apps
from django.contrib.admin import site
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from lifecycle.models import Case, CorrectionText, Node, ServiceTeam, Task
from lifecycle.selectors.queue_lanes import Scope, Wanted
from lifecycle.services.cases import begin_case
from lifecycle.services.consultations import answer, ask
from lifecycle.services.correction_texts import keep_text
from lifecycle.services.messages import send_message
from lifecycle.services.notes import write_note
from lifecycle.services.standard_draft import begin_draft
from lifecycle.services.time import ask_more_time
from lifecycle.services.watching import save_filter, watch_case
from park.accounts import services as accounts
from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.policies import Policy, declared_policy
from park.events import consumers
from park.notices import services as notices
from park.notices.models import Notice
from park.team.models import CertificateKind, Department, Specialist
from park.team.services import set_absent
from park.team.services.certificates import issue_certificate
from profiles.enums import Direction, NeedSource, ValueSource
from profiles.models import NeedCategory, PredictedNeed, TagRule
from profiles.services import imports, supply, tags, visit_planning
from profiles.services.documents import take_upload
from profiles.services.needs import drop_need, raise_need
from profiles.services.prediction import share_prediction
from profiles.services.profile import add_contact
from profiles.services.referral import record_referral
from profiles.services.values import Said, record_values
from tests.cast import NOW, Cast, pdf
from tests.profiles.supply import buy, make, make_enterprise, make_person
from tests.second_factor import give_second_factor

# Parameters that name something which belongs to somebody.
OWNED = {"uid", "pk"}
PLAIN = {
    "code": "REG-01",
    "step": "company",
    "uidb36": "1",
    "key": "no-key",
    "url": "x",
    "content_type_id": 1,
    "year": 2026,
    "group": "business",
    "item": "revenue",
    "tag": "micro",
    "origin": "manual",
    "version": 2,
    "shelf": "nodes",
    "part": "N2",
}


class Unfillable(Exception):
    """A route has a parameter for which tests/routes.py knows no object of enterprise A. Please add one."""


@dataclass(frozen=True)
class Route:
    """`text` as the URL configuration writes it, from the root."""

    text: str
    patterns: Sequence[Any]
    view: Callable[..., Any] = field(repr=False)

    @property
    def policy(self) -> Policy | None:
        return declared_policy(self.view)

    @property
    def parameters(self) -> set[str]:
        return {name for pattern in self.patterns for name in _parameters(pattern)}

    @property
    def is_api(self) -> bool:
        return self.text.startswith("api/")

    @property
    def is_owned(self) -> bool:
        return bool(self.parameters & OWNED)

    def filled(self, world: "World", case: Case) -> str:
        """The address of this route for one case of A. Raises Unfillable."""
        path = "/" + self.text.replace("^", "").replace("$", "")
        for name in self.parameters:
            path = _put(path, name, self._value(name, world, case))
        if set(path) & set("<>(?"):
            raise Unfillable(f"{self.text}: {path}")
        return path

    def _value(self, name: str, world: "World", case: Case) -> Any:
        if name == "uid":
            return world.import_run if "imports/" in self.text else case.uid
        if name == "pk":
            for fragment, pk in world.numbers(case).items():
                if fragment in self.text:
                    return pk
        if name == "app_label":
            return next(iter(site._registry))._meta.app_label
        if name in {"contact", "value", "document"}:
            return world.of_file[name]
        if name in {"object_id", "id"}:
            return _first_of(self.text)
        if name in PLAIN:
            return PLAIN[name]
        raise Unfillable(f"{self.text}: {name}")


@dataclass
class World:
    """`returned` waits for corrections, `completed` has its licence; both are A's. `outsider` works next door, `newcomer`
    has a login for the desk and no department yet. `introduction` is between A and a third enterprise; to
    `hidden_introduction`, with B, A alone has agreed."""

    cast: Cast
    returned: Case
    completed: Case
    outsider: User
    newcomer: User
    request_to_join: int
    waiting: int
    token: int
    extension: int
    address: int
    of_file: dict[str, int]
    need: int
    prediction: int
    import_run: UUID
    item: int
    introduction: int
    hidden_introduction: int
    visit: int
    consultation: int
    standing_team: int
    _numbers: dict[int, dict[str, int]] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        """What nobody but A and those who handle its cases may read anywhere."""
        return ["瀛沐", str(self.returned.reference), str(self.completed.reference), str(self.cast.enterprise.uscc)]

    def numbers(self, case: Case) -> dict[str, int]:
        """By a fragment of the route, the first that fits: the number of A's own object."""
        if case.pk not in self._numbers:
            self._numbers[case.pk] = self._find_numbers(case)
        return self._numbers[case.pk]

    def _find_numbers(self, case: Case) -> dict[str, int]:
        material = case.materials.order_by("pk").first()
        item = self.returned.correction.items.get()
        return {
            "visits/<int:pk>/": self.visit,
            "filters/<int:pk>/": self.cast.wang.user.saved_filters.get().pk,
            "tasks/views/<int:pk>/": self.cast.wang.user.saved_filters.get().pk,
            "questions/<int:pk>/": self.consultation,
            "teams/<int:pk>/": self.standing_team,
            "experts/<int:pk>/": self.returned.service_team.members.get().pk,
            "texts/<int:pk>/": CorrectionText.objects.get().pk,
            "team/people/<int:pk>/": self.cast.wang.pk,
            "team/absences/<int:pk>/": self.cast.wang.absences.first().pk,
            "team/certificates/<int:pk>/": self.cast.wang.certificates.first().pk,
            "/materials/<int:pk>/versions/": material.pk,
            "/materials/<int:pk>/": material.requirement_id,
            "/versions/<int:pk>/": material.versions.first().pk,
            "/files/<int:pk>/": material.versions.first().pk,
            "/evidence/<int:pk>/": self.of_file["document"],
            "/contacts/<int:pk>/": self.of_file["contact"],
            "companies/<int:pk>/": self.cast.enterprise.pk,
            "/documents/<int:pk>/": case.agreement.document_id,
            "/corrections/<int:pk>/": item.pk,
            "/steps/<int:pk>/": case.tasks.get(node__code="OWN").pk,
            "/own-steps/<int:pk>/": case.tasks.get(node__code="OWN").pk,
            "tasks/<int:pk>/": case.tasks.get(node__code="N2").pk,
            "desk/enterprises/<int:pk>/": self.waiting,
            "api/v1/enterprises/<int:pk>/": self.cast.enterprise.pk,
            "notices/<int:pk>/": Notice.objects.filter(recipient=self.cast.chen).order_by("pk").first().pk,
            "members/<int:pk>/": self.request_to_join,
            "tokens/<int:pk>/": self.token,
            "extensions/<int:pk>/": self.extension,
            "addresses/<int:pk>/": self.address,
            "duplicates/<int:pk>/": self.cast.enterprise.pk,
            "needs/<int:pk>/": self.need,
            "predictions/<int:pk>/": self.prediction,
            "supply/items/<int:pk>/": self.item,
            "introductions/items/<int:pk>/": self.item,
            "supply-items/<int:pk>/": self.item,
            "introductions/<int:pk>/": self.introduction,
            "clocks/<int:pk>/": case.tasks.get(node__code="N2").clock_id,
        }


def fill_file(cast: Cast) -> dict[str, int]:
    """A's file: figures of two sources that differ, with evidence, and a contact; the numbers of them."""
    by, enterprise = cast.wang.user, cast.enterprise
    report = take_upload(enterprise, pdf("瀛沐审计.pdf"), ["pdf"], kind="evidence", by=by, now=NOW)
    said = [Said("revenue", Decimal(12_000_000), 2025), Said("headcount", Decimal(40), 2025)]
    rows = record_values(enterprise, said, source=ValueSource.DOCUMENT, by=by, now=NOW, document=report)
    record_values(enterprise, [Said("revenue", Decimal(1), 2025)], source=ValueSource.ENTERPRISE, by=cast.chen, now=NOW)
    contact = add_contact(enterprise, name="陈瀛沐", phone="13800004126", by=cast.chen, now=NOW)
    return {"document": report.pk, "value": rows[0].pk, "contact": contact.pk}


def build_world(cast: Cast) -> World:
    """A case of A in correction and a completed one, with talk, notices, tokens and people who wait; B has a draft."""
    completed = cast.completed()
    cast.enterprise.refresh_from_db()
    type(cast.enterprise).objects.filter(pk=cast.enterprise.pk).update(is_forming=True)
    cast.enterprise.refresh_from_db()
    returned = cast.in_correction()
    micro = TagRule.objects.get(code="micro")
    tags.give_by_hand(cast.enterprise, micro, reason="瀛沐", expires_on=date(2099, 1, 1), by=cast.shen, now=NOW)
    for author in (cast.chen, cast.wang.user):
        send_message(returned, body="请问瀛沐的材料齐了吗？", by=author, now=NOW)
    begin_case(enterprise=cast.other, procedure=cast.procedure, by=cast.zhao, now=NOW)
    newcomer = User.objects.create_user("xu", "xu@example.invalid", "x", name="徐三")
    _same, membership = accounts.sign_up_enterprise(user=newcomer, name_zh="瀛沐", uscc=cast.enterprise.uscc, now=NOW)
    waiting, _founder = accounts.sign_up_enterprise(user=newcomer, name_zh="瀛沐二期", uscc=None, now=NOW)
    unplaced = User.objects.create_user("new", "new@example.invalid", "x", name="新人", role=Role.PARTNER)
    late = returned.tasks.get(state="returned")
    extension = ask_more_time(late, late.clock, amount=1, reason="瀛沐", by=late.assignee.user, now=NOW)
    token, _text = accounts.make_token(user=cast.chen, name="ERP of 瀛沐", now=timezone.now())
    outsider = User.objects.create_user("tax", "tax@example.invalid", "x", name="税三", role=Role.PARTNER)
    next_door = Department.objects.get(code="PTN-TAX")
    Specialist.objects.create(user=outsider, department=next_door)
    item, introduction, hidden = _introduce(cast)
    begin_draft(by=cast.shen, now=NOW)
    _give_own_steps(cast, completed, returned)
    build_team(cast)
    _keep(cast, returned)
    visit_planning.plan_visits(NOW)
    consumers.react()
    for user in User.objects.all():
        give_second_factor(user)
    address = notices.add_address(
        user=cast.chen, channel="wecom", url="https://qyapi.weixin.qq.com/?key=1", host="瀛沐", secret="", now=NOW
    )
    need, prediction = build_needs(cast)
    table = f"统一社会信用代码,企业名称,联系人\n{cast.enterprise.uscc},瀛沐,陈予安\n".encode()
    run = imports.receive_import(file_name="瀛沐.csv", stream=BytesIO(table), by=cast.shen, now=NOW)
    imports.work_off(NOW)
    return World(
        cast,
        returned,
        completed,
        outsider,
        unplaced,
        membership.pk,
        waiting.pk,
        token.pk,
        extension.pk,
        address.pk,
        fill_file(cast),
        need,
        prediction,
        run.uid,
        item,
        introduction,
        hidden,
        cast.enterprise.visits.filter(kind="return").values_list("pk", flat=True)[0],
        ask_experts(cast, returned),
        ServiceTeam.objects.get(enterprise=cast.enterprise, case=None).pk,
    )


def _give_own_steps(cast: Cast, *of: Case) -> None:
    """A step of the enterprise's own for each of these, although their procedure has none."""
    with pgtrigger.ignore("lifecycle.Node:frozen_once_published"):
        words = {"name_zh": "企业自办", "name_en": "Own step"}
        node = Node.objects.create(procedure=cast.procedure, code="OWN", order=99, work="enterprise", **words)
    for case in of:
        state, done_at = ("done", NOW) if case.is_closed else ("ready", None)
        Task.objects.create(case=case, node=node, state=state, ready_at=NOW, done_at=done_at)


def ask_experts(cast: Cast, case: Case) -> int:
    """A question of A's case that was answered, one that is open, and a standing team of A; the number of the open one."""
    by, case = case.lead.user, Case.objects.get(pk=case.pk)
    place = case.service_team.members.get()
    answered, asked = (
        ask(case, skill=place.skill, text=f"瀛沐的{what}？", by=by, now=NOW) for what in ("地址", "税种")
    )
    answer(answered, text="瀛沐可以", by=cast.lu.user, now=NOW)
    standing = ServiceTeam.objects.create(enterprise=cast.enterprise, formed_at=NOW)
    standing.members.create(skill=place.skill, department=place.department, specialist=cast.lu, since=NOW)
    return asked.pk


def _keep(cast: Cast, case: Case) -> None:
    """What the desk keeps for itself: a watched case, a view of the queue, a note, a text."""
    by = cast.wang.user
    watch_case(case, by=by, now=NOW)
    save_filter(Wanted(Scope.WATCHED, text="瀛沐"), name="瀛沐", by=by, now=NOW)
    write_note(case, body="瀛沐要跟紧", by=by, now=NOW)
    words = {"text_zh": "请补签。", "text_en": "Please sign."}
    keep_text(CorrectionText(), procedure="", material="", **words, by=cast.qian.user, now=NOW)


def build_team(cast: Cast) -> None:
    """A certificate of somebody, and days ahead on which they are away."""
    away = (NOW + timedelta(days=30)).date()
    set_absent(specialist=cast.wang, first_on=away, last_on=away, by=cast.wang.user, now=NOW)
    key = CertificateKind.objects.get(code="KEY")
    until = date(2027, 6, 30)
    issue_certificate(holder=cast.wang, kind=key, issued_on=NOW.date(), expires_on=until, by=cast.shen, now=NOW)


def build_needs(cast: Cast) -> tuple[int, int]:
    """A need of A that was answered, a closed one, and one that was foreseen and shown to A; B has two of its own."""
    office, staff, loan = (NeedCategory.objects.get(code=c) for c in ("office_space", "recruitment", "bank_loan"))
    need, closed = (
        raise_need(
            enterprise=cast.enterprise, category=c, text="瀛沐所需", source=NeedSource.PORTAL, by=cast.chen, now=NOW
        )
        for c in (office, staff)
    )
    drop_need(closed, reason="瀛沐不再需要", by=cast.chen, now=NOW)
    for category in (office, staff):  # one for each department
        raise_need(
            enterprise=cast.other, category=category, text="所需", source=NeedSource.PORTAL, by=cast.zhao, now=NOW
        )
    foreseen = PredictedNeed.objects.create(
        enterprise=cast.enterprise, category=loan, score="0.5", made_on=NOW.date(), until=NOW.date()
    )
    share_prediction(foreseen, by=cast.lu.user, now=NOW)
    return need.pk, foreseen.pk


def _introduce(cast: Cast) -> tuple[int, int, int]:
    """What A buys, and the numbers of two introductions: with a third enterprise, agreed by both, and with B, by A alone."""
    third = make_person("shi", "施三和")
    maker = make_enterprise(cast, third, "上海三和机械有限公司")
    want = buy(cast.enterprise, cast.chen, "3451", "瀛沐生物的滚动轴承，找陈予安 13800004126")
    met, hidden = (
        supply.propose_introduction(want=want, offer=make(*whose, "3451", "滚动轴承"), by=cast.wang.user, now=NOW)
        for whose in ((maker, third), (cast.other, cast.zhao))
    )
    make(maker, third, "3451", "滚动轴承保持架")  # fits, and nobody has proposed it yet
    supply.agree(met, side=Direction.MAKES, by=third, now=NOW)
    for introduction in (met, hidden):
        supply.agree(introduction, side=Direction.BUYS, by=cast.chen, now=NOW)
    record_referral(cast.other, referrer=cast.enterprise.name_zh, by=cast.zhao, now=NOW)
    return want.pk, met.pk, hidden.pk


def admits(route: Route, user: User | None) -> bool:
    policy = route.policy
    assert policy is not None
    return policy.public if user is None else policy.admits(user)


def routes() -> Iterator[Route]:
    return _walk(get_resolver().url_patterns, "", [])


def _walk(patterns: Sequence[Any], text: str, above: list[Any]) -> Iterator[Route]:
    for one in patterns:
        here, chain = text + str(one.pattern), [*above, one.pattern]
        if isinstance(one, URLPattern):
            yield Route(here, chain, one.callback)
        else:
            yield from _walk(one.url_patterns, here, chain)


def _parameters(pattern: Any) -> set[str]:
    converters = getattr(pattern, "converters", {})
    return set(converters) or set(getattr(getattr(pattern, "regex", None), "groupindex", {}))


def _first_of(text: str) -> Any:
    """The first object that a page of the administration, admin/<app>/<model>/…, can be about."""
    _admin, app, model, *_rest = text.split("/")
    known = (app, model) in {(m._meta.app_label, m._meta.model_name) for m in site._registry}
    return (apps.get_model(app, model)._base_manager.values_list("pk", flat=True).first() if known else None) or 1


def _put(path: str, name: str, value: Any) -> str:
    """Fill one parameter, written as <type:name>, <name> or (?P<name>…)."""
    start = path.find(f"(?P<{name}>")
    if start >= 0:
        depth, end = 0, start
        for end in range(start, len(path)):
            depth += {"(": 1, ")": -1}.get(path[end], 0)
            if depth == 0:
                break
        return f"{path[:start]}{value}{path[end + 1 :]}"
    end = path.index(f"{name}>") + len(name) + 1
    return f"{path[: path.rindex('<', 0, end)]}{value}{path[end:]}"
