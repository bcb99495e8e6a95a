"""Tags as the park's people see them: the list, the rule of each, and the tags of one enterprise."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.models import Enterprise, User
from park.accounts.policies import LEADERS, PARK, allow
from park.deadlines.workdays import local_day
from profiles import criteria
from profiles.criteria_words import describe, sentence
from profiles.forms.tags import ByHandForm, CertificateForm, EndForm, RuleForm
from profiles.models import TagRule
from profiles.permissions.files import can_work_on_files, get_file, visible_enterprises
from profiles.permissions.tags import READERS, can_edit_rules, get_open_tag, get_rule, visible_rules
from profiles.selectors import tags as selectors
from profiles.services import tag_rules, tags
from profiles.services.tag_rules import Preview
from profiles.services.tagging import Cyclic
from profiles.services.tags import TagRefused

UNPROCESSABLE = 422


@allow(READERS)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    names = selectors.tag_names()
    groups = [(label, [(rule, _sentence(rule, names)) for rule in rules]) for label, rules in selectors.grouped_rules()]
    return render(request, "profiles/tags.html", {"groups": groups, "can_edit": can_edit_rules(request.user)})


@allow(READERS)
@require_safe
def show(request: SignedInRequest, tag: str) -> HttpResponse:
    """One tag: what it rests on, how many have it, and who, for those who may know."""
    rule = get_rule(tag)
    held = visible_enterprises(request.user).filter(tags__rule=rule, tags__ended_at__isnull=True).distinct()
    page = {
        "rule": rule,
        "line": describe(criteria.parse(rule.criterion), selectors.tag_names()) if rule.criterion else None,
        "count": selectors.holders(rule),
        "behind": selectors.files_behind(rule),
        "enterprises": list(held.order_by("name_zh", "pk")[:20]),
        "can_edit": can_edit_rules(request.user),
    }
    return render(request, "profiles/tag.html", page)


@allow(LEADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, tag: str) -> HttpResponse:
    """The rule of a tag in the editor: tried out first, then saved."""
    rule = get_rule(tag)
    names = selectors.tag_names()
    given = request.POST if request.method == "POST" else None
    initial = {"criterion": rule.criterion, "is_active": rule.is_active}
    form = RuleForm(given, tags=names, initial=initial)
    if given is None or form.is_being_built:
        return _editor(request, rule, form)
    if not form.is_valid():
        return _editor(request, rule, form, status=UNPROCESSABLE)
    now, criterion = timezone.now(), form.cleaned_data["criterion"]
    is_active = form.cleaned_data["is_active"]
    if "save" not in given:
        seen = tag_rules.preview(rule, criterion if is_active else None, today=local_day(now))
        return _editor(request, rule, form, preview=seen)
    try:
        saved = tag_rules.save_rule(rule, criterion, is_active=is_active, by=request.user, now=now)
    except Cyclic as circle:
        text = _("These tags would decide on each other: %(circle)s. Please take one of them out.")
        form.add_error("criterion", text % {"circle": " → ".join(names.get(code, code) for code in circle.codes)})
        return _editor(request, rule, form, status=UNPROCESSABLE)
    words = _("The rule is saved. %(gained)s tags were given and %(lost)s ended.")
    messages.success(request, words % {"gained": saved.given, "lost": saved.ended})
    if saved.waiting:
        more = ngettext("%(n)s more file follows by itself.", "%(n)s more files follow by themselves.", saved.waiting)
        messages.info(request, more % {"n": saved.waiting})
    return redirect("tags:show", rule.code)


@allow(PARK)
@require_safe
def of_enterprise(request: SignedInRequest, pk: int) -> HttpResponse:
    enterprise = get_file(request.user, pk)
    return render(request, "profiles/tags_of_company.html", _of(enterprise, request.user))


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: SignedInRequest, pk: int) -> HttpResponse:
    return _give(request, pk, CertificateForm, _("Give a tag by certificate"), by_hand=False)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def by_hand(request: SignedInRequest, pk: int) -> HttpResponse:
    return _give(request, pk, ByHandForm, _("Give a tag by hand"), by_hand=True)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: SignedInRequest, pk: int, tag: str, origin: str) -> HttpResponse:
    held = get_open_tag(request.user, pk, tag, origin)
    _check(request.user)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            tags.end_tag(held, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        except TagRefused as refused:
            form.add_error("reason", _why(refused))
        else:
            messages.success(request, _("The tag has ended."))
            return redirect("tags:of_enterprise", pk)
    page = {"title": _("End the tag “%(name)s”") % {"name": held.rule.name}, "button": _("End the tag")}
    return _question(request, held.enterprise, form, page)


def _give(request: SignedInRequest, pk: int, kind: Any, title: str, *, by_hand: bool) -> HttpResponse:
    enterprise = get_file(request.user, pk)
    _check(request.user)
    now = timezone.now()
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = kind(*posted, rules=visible_rules().filter(is_active=True), today=local_day(now))
    if form.is_valid():
        said = {"rule": form.cleaned_data["rule"], "expires_on": form.cleaned_data["expires_on"]}
        who: dict[str, Any] = {"by": request.user, "now": now}
        try:
            if by_hand:
                tags.give_by_hand(enterprise, reason=form.cleaned_data["reason"], **said, **who)
            else:
                paper = form.cleaned_data["document"]
                tags.give_certificate(enterprise, number=form.cleaned_data["number"], paper=paper, **said, **who)
        except TagRefused as refused:
            form.add_error("expires_on", _why(refused))
        else:
            messages.success(request, _("The tag is given."))
            return redirect("tags:of_enterprise", pk)
    return _question(request, enterprise, form, {"title": title, "button": _("Give the tag"), "has_file": not by_hand})


def _question(request: SignedInRequest, enterprise: Enterprise, form: Any, page: dict[str, Any]) -> HttpResponse:
    page |= {"enterprise": enterprise, "form": form}
    return render(request, "profiles/tag_question.html", page, status=UNPROCESSABLE if form.is_bound else 200)


def _editor(
    request: SignedInRequest, rule: TagRule, form: RuleForm, *, preview: Preview | None = None, status: int = 200
) -> HttpResponse:
    page: dict[str, Any] = {"rule": rule, "form": form, "preview": preview}
    if preview is not None:
        seen = visible_enterprises(request.user).in_bulk([*preview.gaining, *preview.losing])
        page |= {
            "gaining": [seen[pk] for pk in preview.gaining if pk in seen],
            "losing": [seen[pk] for pk in preview.losing if pk in seen],
            "words": [
                ngettext(
                    "%(n)s enterprise would have the tag", "%(n)s enterprises would have the tag", preview.would_have
                )
                % {"n": preview.would_have},
                ngettext("%(n)s would gain it", "%(n)s would gain it", preview.gain) % {"n": preview.gain},
                ngettext("%(n)s would lose it", "%(n)s would lose it", preview.lose) % {"n": preview.lose},
                ngettext("of %(n)s too little is known", "of %(n)s too little is known", preview.unknown)
                % {"n": preview.unknown},
            ],
        }
    return render(request, "profiles/tag_edit.html", page, status=status)


def _of(enterprise: Enterprise, user: User) -> dict[str, Any]:
    return {
        "enterprise": enterprise,
        "held": selectors.held_tags(enterprise),
        "former": selectors.former_tags(enterprise),
        "can_give": can_work_on_files(user),
    }


def _sentence(rule: TagRule, names: dict[str, str]) -> str:
    return sentence(criteria.parse(rule.criterion), names) if rule.criterion else ""


def _check(user: User) -> None:
    if not can_work_on_files(user):
        raise PermissionDenied


def _why(refused: TagRefused) -> str:
    return {
        "over": _("This day is over. Please give the last day on which it is valid."),
        "reason": _("Please give a reason."),
        "end": _("Please give the last day on which it is valid."),
        "rule": _("A tag by rule ends when the facts change. Please correct the file instead."),
        "unused": _("This tag is not in use. Please choose another."),
        "ended": _("The tag has ended already."),
    }[refused.reason]
