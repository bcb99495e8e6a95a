"""Collect, check, fill and compile the Chinese texts, with Babel alone: no gettext programs are needed.

English needs no catalogue: the texts in the code are English. Chinese is complete, or `--check` says what is missing.
"""

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

LOCALE = "zh_Hans"
ROOTS = ("park", "lifecycle", "profiles", "policies", "feedback", "templates")
SKIPPED_FOLDERS = {"migrations", "__pycache__"}
TEMPLATE_SUFFIXES = {".html", ".txt"}
HEADER = "# Chinese texts of the portal. Kept by `manage.py messages`; translations are edited here by hand."

# What each marking function says about its arguments: which one is the text, the plural, the context.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|(?<!\{)\{(\w+)\}(?!\})")
CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
FILL_LINE = re.compile(r"^(?:\[(?P<context>[^\]]+)\] )?(?P<id>.+?) = (?P<text>.+)$")


def source_files(base: Path) -> Iterator[Path]:
    """Python files and templates of the project, in a fixed order."""
    for root in ROOTS:
        for path in sorted((base / root).rglob("*")):
            if SKIPPED_FOLDERS.isdisjoint(path.parts) and path.suffix in {".py", *TEMPLATE_SUFFIXES}:
                yield path


def marked_texts(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """(text or (singular, plural), context) of everything that a file marks for translation."""
    source = path.read_text(encoding="utf-8")
    if path.suffix in TEMPLATE_SUFFIXES:
        # templatize keeps the indentation of the template, which is none that Python would read
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
    found = extract.extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
    for _line, text, _comments, context in found:
        yield text, context


def collect(base: Path) -> Catalog:
    """A catalogue without translations of every marked text, each with the files it stands in."""
    catalog = Catalog(locale=LOCALE)
    for path in source_files(base):
        for text, context in marked_texts(path):
            catalog.add(text, locations=[(path.relative_to(base).as_posix(), 0)], context=context)
    return catalog


def merge(found: Catalog, old: Catalog) -> Catalog:
    """The collected texts with the translations they had; what is no longer in the code is dropped."""
    merged = Catalog(
        locale=LOCALE,
        header_comment=HEADER,
        project="park-portal",
        version="1",
        last_translator="Park Portal",
        language_team="Chinese",
        msgid_bugs_address="portal@park.invalid",
        revision_date=old.creation_date,
        fuzzy=False,
        creation_date=old.creation_date,
    )
    for message in sorted((m for m in found if m.id), key=order):
        before = old.get(message.id, message.context)
        locations = sorted({(name, 0) for name, _line in message.locations})
        string = before.string if before else ""
        flags = before.flags if before else set()
        merged.add(message.id, string, locations=locations, flags=flags, context=message.context)
    return merged


def order(message: Message) -> tuple[str, str]:
    return singular(message), message.context or ""


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(text: str | Sequence[str] | None) -> list[str]:
    """The forms of a text or a translation: one, or one for each number."""
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    """Names that are filled in: %(name)s and {name}."""
    return {first or second for first, second in PLACEHOLDER.findall(text)}


def faults(found: Catalog, catalog: Catalog) -> list[str]:
    """What keeps the catalogue from being complete; one line per fault."""
    lines = []
    for message in sorted((m for m in found if m.id), key=order):
        name = f"[{message.context}] {singular(message)}" if message.context else singular(message)
        known = catalog.get(message.id, message.context)
        if any(CHINESE.search(form) for form in forms(message.id)):
            lines.append(f"text in the code is not English: {name!r}")
        elif known is None:
            lines.append(f"not in the catalogue: {name!r}")
        elif known.fuzzy:
            lines.append(f"fuzzy: {name!r}")
        elif not all(forms(known.string)):
            lines.append(f"untranslated: {name!r}")
        elif any(placeholders(form) != placeholders(forms(message.id)[-1]) for form in forms(known.string)):
            lines.append(f"placeholders differ: {name!r}")
    for message in sorted((m for m in catalog if m.id), key=order):
        if found.get(message.id, message.context) is None:
            lines.append(f"no longer in the code: {singular(message)!r}")
    return lines


def fill(catalog: Catalog, lines: list[str]) -> list[str]:
    """Write translations from `msgid = 中文` (or `[context] msgid = 中文`) lines; return the lines that found no text.

    A plural is named by its singular or its plural form. An empty line or one that starts with # is passed over.
    """
    by_name: dict[tuple[str, str], Message] = {}
    for message in catalog:
        for form in forms(message.id):
            if form:
                by_name[message.context or "", form] = message
    unused = []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        matched = FILL_LINE.match(line.rstrip("\n"))
        named = named_message(by_name, matched) if matched else None
        if matched is None or named is None:
            unused.append(line.rstrip("\n"))
            continue
        text = matched["text"].strip().replace("\\n", "\n")
        named.string = text if isinstance(named.id, str) else (text,)
        named.flags.discard("fuzzy")
    return unused


def named_message(by_name: dict[tuple[str, str], Message], matched: re.Match[str]) -> Message | None:
    name, context = matched["id"].replace("\\n", "\n"), matched["context"] or ""
    # a text may itself begin with a bracket, so the whole left side is tried too
    return by_name.get((context, name)) or by_name.get(("", f"[{context}] {name}"))


def read(path: Path) -> Catalog:
    if not path.is_file():
        return Catalog(locale=LOCALE)
    with path.open("rb") as file:
        return pofile.read_po(file, locale=LOCALE)


def write(path: Path, catalog: Catalog) -> bool:
    """Write the catalogue if that changes a byte; True when it did."""
    out = io.BytesIO()
    pofile.write_po(out, catalog, width=120, include_lineno=False)
    if path.is_file() and path.read_bytes() == out.getvalue():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out.getvalue())
    return True


def compile_catalog(po: Path) -> bool:
    """Write the .mo beside the .po when the .po is newer; True when it did."""
    mo = po.with_suffix(".mo")
    if mo.is_file() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
        return False
    catalog = read(po)
    # readers must never see half a catalogue: servers start while this runs
    draft = mo.with_suffix(".mo.new")
    with draft.open("wb") as file:
        mofile.write_mo(file, catalog)
    draft.replace(mo)
    return True


class Command(BaseCommand):
    help = "Collect the texts into the Chinese catalogue; --check, --fill and --compile do one thing each."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--check", action="store_true", help="change nothing; fail when a text has no good Chinese")
        only.add_argument("--compile", action="store_true", help="write the .mo when the .po is newer")
        only.add_argument(
            "--fill", nargs="+", type=Path, metavar="FILE", help="collect, then take `msgid = 中文` lines"
        )

    def handle(self, *args, **options):
        base = Path(settings.BASE_DIR)
        po = base / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
        if options["compile"]:
            if not po.is_file():
                raise CommandError(f"there is no {po.relative_to(base)}")
            self.stdout.write("compiled" if compile_catalog(po) else "up to date")
            return
        found = collect(base)
        if options["check"]:
            self.check_catalogue(found, read(po))
            return
        catalog = merge(found, read(po))
        for file in options["fill"] or ():
            for line in fill(catalog, file.read_text(encoding="utf-8").splitlines()):
                self.stderr.write(f"{file.name}: no such text: {line}")
        changed = write(po, catalog)
        missing = len([message for message in catalog if message.id and not all(forms(message.string))])
        self.stdout.write(f"{len(catalog)} texts, {missing} untranslated{'' if changed else ', nothing changed'}")

    def check_catalogue(self, found: Catalog, catalog: Catalog) -> None:
        lines = faults(found, catalog)
        for line in lines:
            self.stderr.write(line)
        if lines:
            raise CommandError(f"{len(lines)} faults in the catalogue")
        self.stdout.write(f"{len(catalog)} texts, all in Chinese")
