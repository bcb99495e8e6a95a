"""What the documentation names exists: files, links, commands, settings, constraints, functions and tests."""

import ast
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.db.models import Model

ROOT = Path(settings.BASE_DIR)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
TOP = {path.name for path in ROOT.iterdir()} - {"var"}
PACKAGES = {"park", "lifecycle", "profiles"}

each_page = pytest.mark.parametrize("document", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())


def prose(page: Path) -> str:
    """The page without its code samples, which also show files that the reader is to make."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    return CODE.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The names under which the headings of a page can be linked to."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def constraints() -> set[str]:
    """The names of every constraint and trigger of the portal's own tables."""
    return {rule.name for model in own_models() for rule in (*model._meta.constraints, *triggers(model))}


def own_models() -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if model.__module__.split(".")[0] in PACKAGES)


def triggers(model: type[Model]) -> list:
    return getattr(model._meta, "triggers", [])


@each_page
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (document.parent / name).resolve() if name else document
        assert found.exists(), f"{document.name} links to {target}"
        assert not anchor or anchor in anchors(found), f"{document.name} links to {target}, which has no such heading"


@each_page
def test_files_that_are_named_exist(document: Path) -> None:
    for span in spans(document):
        if re.fullmatch(r"[\w.-]+(/[\w.-]*)+", span) and span.split("/")[0] in TOP:
            assert (ROOT / span).exists(), f"{document.name} names {span}"


@each_page
def test_code_that_is_named_exists(document: Path) -> None:
    for span in spans(document):
        if re.fullmatch(r"(park|lifecycle|profiles)(\.\w+)+", span):
            pkgutil.resolve_name(span)


@each_page
def test_tests_that_are_named_exist(document: Path) -> None:
    sources = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob("test_*.py")]
    known = {node.name for source in sources for node in ast.walk(source) if isinstance(node, ast.FunctionDef)}
    named = {span for span in spans(document) if re.fullmatch(r"test_\w+", span)}
    assert named <= known


@each_page
def test_commands_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make (\w+)", text, re.MULTILINE)) <= targets
    assert set(re.findall(r"manage\.py (\w+)", text)) <= get_commands().keys()


def test_guarantees_are_held_by_constraints_that_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("| promise | held by |")[1].split("\n\n")[0]
    named = {name for row in table.splitlines() for name in CODE.findall(row.rsplit("|", 2)[-2] if row else "")}
    assert len(named) > 20
    assert named <= constraints()


def test_every_setting_of_the_environment_is_explained() -> None:
    offered = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", operations, re.MULTILINE)) == offered


def test_worked_examples_of_the_page_are_those_of_the_tests() -> None:
    """Start, limit and due date of every worked example in docs/deadlines.md stand in due_examples.csv too."""
    page = (ROOT / "docs" / "deadlines.md").read_text(encoding="utf-8")
    rows = (ROOT / "tests" / "deadlines" / "due_examples.csv").read_text(encoding="utf-8").splitlines()
    counted = {tuple(row.split(",")[:3]) for row in rows}
    shown = re.findall(r"^\| (\d{4}-\d\d-\d\d) \w+ \| (\d+) \|[^|]*\| (\d{4}-\d\d-\d\d) \|", page, re.MULTILINE)
    assert len(shown) == 8
    assert set(shown) <= counted


def test_models_are_in_the_glossary() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    missing = {model.__name__ for model in own_models()} - set(CODE.findall(glossary))
    assert missing == set()
