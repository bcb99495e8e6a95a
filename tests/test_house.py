"""The rules of the house that no linter knows."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.functional import Promise

ROOT = Path(settings.BASE_DIR)
CODE = ("park", "profiles", "lifecycle")
FLOORS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
][0]["layers"]
SENDS = {"apply_async", "delay", "send_task", "retry"}
# Read the clock: entry points, and what decides about leases and tokens of the very moment.
EDGES = ("views", "views.py", "api", "management", "admin.py", "tasks.py", "middleware.py", "runtime", "health.py")
READS_THE_CLOCK_ITSELF: dict[str, str] = {
    "park/notices/outbox.py": "a lease is a matter of the moment in which it is taken",
    "park/accounts/forms.py": "the sign-in library calls SignupForm.signup, which is an edge",
    "park/accounts/templatetags/portal.py": "templates have no other way to know what today is",
    "park/deadlines/fallback.py": "a thread of the worker, woken by nobody",
}
BANNED_NAMES = {"utils.py", "helpers.py", "managers.py", "signals.py", "utils", "helpers"}
OURS = [model for model in apps.get_models() if model.__module__.split(".")[0] in CODE]


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def floor_of(model: type[models.Model]) -> int | None:
    """The place of a model's app among the floors, counted from the top; None for apps of libraries."""
    return next(
        (place for place, name in enumerate(FLOORS) if f"{model.__module__}.".startswith(f"{name}.")),
        None,
    )


def reads_clock(call: ast.Call) -> bool:
    """timezone.now(), datetime.now(), date.today() and their like."""
    name = call.func
    if not isinstance(name, ast.Attribute) or not isinstance(name.value, ast.Name):
        return False
    return (name.value.id, name.attr) in {
        ("timezone", "now"),
        ("timezone", "localdate"),
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
    } and not (call.args and name.attr == "localdate")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_downwards(model: type[models.Model]):
    """Foreign keys given as text hide from the import contract."""
    here = floor_of(model)
    assert here is not None, f"{model._meta.label} stands on no floor"
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and field.related_model:
            there = floor_of(field.related_model)
            assert there is None or there >= here, f"{model._meta.label}.{field.name} points upwards"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_models_have_names_in_both_languages(model: type[models.Model]):
    if model.__name__ != "ReferenceDay":  # never shown to anybody
        assert isinstance(model._meta.verbose_name, Promise)
        assert isinstance(model._meta.verbose_name_plural, Promise)


def test_nothing_but_the_beat_talks_to_the_broker():
    """A frozen broker blocks whoever publishes for more than 40 seconds, so no request ever does."""
    found = []
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                sends = isinstance(node.func, ast.Attribute) and node.func.attr in SENDS
                timed = {keyword.arg for keyword in node.keywords} & {"eta", "countdown"}
                if sends or timed:
                    found.append(f"{name}:{node.lineno}")
    assert found == []


def test_tasks_of_the_worker_are_imported_by_nobody():
    """Only the worker finds them; whoever imports one is about to publish it."""
    tasks = {f"{app}.tasks" for app in ("park.deadlines", "park.events", "park.notices", "profiles")}
    found = []
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                named = {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
            elif isinstance(node, ast.Import):
                named = {alias.name for alias in node.names}
            else:
                continue
            found += [f"{name}:{node.lineno}" for _ in named & tasks]
    assert found == []


def test_clock_is_read_at_the_edge():
    """Services, selectors and rules are told what time it is, so that every one of them can be tested."""
    found = set()
    for name, tree in sources():
        if set(Path(name).parts) & set(EDGES):
            continue
        if any(isinstance(node, ast.Call) and reads_clock(node) for node in ast.walk(tree)):
            found.add(name)
    assert found == set(READS_THE_CLOCK_ITSELF)


def test_time_zones_are_those_of_the_standard_library():
    found = []
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                found += [f"{name}:{node.lineno}" for module in modules if module.split(".")[0] == "pytz"]
    assert found == []


@pytest.mark.parametrize(
    "banned",
    [
        r"\sstyle\s*=",
        r"\son[a-z]+\s*=",
        r"hx-on",
        r"\|\s*safe\b",
        r"[\"']\s*javascript:",
        r"<style",
        r"<script(?![^>]*\bsrc=)",
    ],
)
def test_templates_hold_no_code_and_no_style(banned: str):
    """The content security policy would block it, and escaping is not switched off."""
    found = [f"{name}: {match.group()}" for name, text in templates() for match in re.finditer(banned, text, re.I)]
    assert found == []


def test_escaping_is_not_switched_off():
    found = []
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if called in {"mark_safe", "SafeString"}:
                    found.append(f"{name}:{node.lineno}")
    found += [name for name, text in templates() if re.search(r"{%\s*autoescape\s+off", text)]
    assert found == []


def test_no_module_is_a_drawer_for_anything():
    found = [
        str(path.relative_to(ROOT))
        for folder in (*CODE, "tests")
        for path in (ROOT / folder).rglob("*")
        if path.name in BANNED_NAMES
    ]
    assert found == []


def test_views_of_one_screen_do_not_import_another_way_in():
    """Views, API, consumers, tasks and commands are ways into the house; none goes through another."""
    ways = re.compile(r"^(park\.\w+|profiles|lifecycle)\.(views|api|consumers|tasks|management)(\.|$)")
    found = []
    for name, tree in sources():
        here = ways.match(name.removesuffix(".py").replace("/", "."))
        if here is None:
            continue
        for node in ast.walk(tree):
            there = ways.match(node.module or "") if isinstance(node, ast.ImportFrom) else None
            if there and there[2] != here[2]:
                found.append(f"{name}:{node.lineno} {node.module}")  # type: ignore[union-attr]
    assert found == []
