"""Collecting, filling and checking the Chinese catalogue, on a small project of its own."""

import gettext
import io

import pytest
from django.core.management import CommandError, call_command

from park.runtime.management.commands import messages

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
LABEL = _("Case")
def words(n):
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}, pgettext("key", "open"), _(variable)
"""
PAGE = """{% load i18n %}
<ul>
    <li title='it"s {{ open'>{% trans "Deadline" %}</li>
  {% blocktranslate count n=items|length %}{{ n }} file{% plural %}{{ n }} files{% endblocktranslate %}
      {{ _("Constant") }} {% trans "open" context "key" %} 中文 ( [
{% blocktranslate trimmed with name=user.name %}
    Dear {{ name }},
    welcome
{% endblocktranslate %}
</ul>
"""
LINES = """
# a list as people hand it over
Case = 办件
%(n)s day = %(n)s 天
[key] open = 打开
Deadline = 时限
%(n)s files = %(n)s 个文件
Constant = 常量
Dear %(name)s, welcome = %(name)s，您好
"""


@pytest.fixture
def project(tmp_path, settings):
    (tmp_path / "park" / "migrations").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "park" / "code.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "park" / "migrations" / "0001.py").write_text('_("Not for people")', encoding="utf-8")
    (tmp_path / "templates" / "page.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "list.txt").write_text(LINES, encoding="utf-8")
    settings.BASE_DIR = tmp_path
    return tmp_path


def run(*args) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("messages", *args, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}"
    return out.getvalue(), err.getvalue()


def catalogue(project):
    return project / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def test_messages_collects_code_and_templates(project):
    found = messages.collect(project)
    names = {(message.context, messages.singular(message)) for message in found if message.id}
    assert names == {
        (None, "Case"),
        (None, "%(n)s day"),
        ("key", "open"),
        (None, "Deadline"),
        (None, "%(n)s file"),
        (None, "Constant"),
        (None, "Dear %(name)s, welcome"),
    }


def test_messages_check_passes_when_all_is_chinese(project):
    run("--fill", str(project / "list.txt"))
    out, err = run("--check")
    assert out == "7 texts, all in Chinese\n"
    assert err == ""


def test_messages_check_names_every_untranslated_text(project):
    run()
    _out, err = run("--check")
    assert "untranslated: 'Deadline'" in err
    assert "7 faults" in err


def test_messages_check_names_what_was_never_collected(project):
    _out, err = run("--check")
    assert "not in the catalogue: '[key] open'" in err
    assert not catalogue(project).exists()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('msgstr "%(name)s，您好"', 'msgstr "您好"', "placeholders differ: 'Dear %(name)s, welcome'"),
        ('msgstr[0] "%(n)s 天"', 'msgstr[0] "%(m)s 天"', "placeholders differ: '%(n)s day'"),
        ('msgid "Case"', '#, fuzzy\nmsgid "Case"', "fuzzy: 'Case'"),
        ('msgid "Case"', 'msgid "Cases"', "no longer in the code: 'Cases'"),
    ],
)
def test_messages_check_finds_a_bad_translation(project, old, new, fault):
    run("--fill", str(project / "list.txt"))
    text = catalogue(project).read_text(encoding="utf-8")
    assert old in text
    catalogue(project).write_text(text.replace(old, new), encoding="utf-8")
    assert fault in run("--check")[1]


def test_messages_check_refuses_chinese_in_the_code(project):
    (project / "park" / "code.py").write_text('LABEL = _("办件")', encoding="utf-8")
    assert "text in the code is not English: '办件'" in run("--check")[1]


def test_messages_keeps_translations_and_drops_what_is_gone(project):
    run("--fill", str(project / "list.txt"))
    (project / "templates" / "page.html").write_text('{% load i18n %}{% trans "New" %}', encoding="utf-8")
    run()
    text = catalogue(project).read_text(encoding="utf-8")
    assert "办件" in text
    assert "Deadline" not in text
    assert 'msgid "New"' in text


def test_messages_twice_changes_nothing(project):
    run("--fill", str(project / "list.txt"))
    before = catalogue(project).read_bytes()
    assert "nothing changed" in run()[0]
    assert catalogue(project).read_bytes() == before


def test_messages_fill_reports_lines_without_a_text(project):
    (project / "list.txt").write_text("Nowhere = 无处\nno equals sign\n", encoding="utf-8")
    _out, err = run("--fill", str(project / "list.txt"))
    assert "no such text: Nowhere = 无处" in err
    assert "no such text: no equals sign" in err


def test_messages_compile_writes_what_gettext_reads(project):
    run("--fill", str(project / "list.txt"))
    assert run("--compile")[0] == "compiled\n"
    assert run("--compile")[0] == "up to date\n"
    with catalogue(project).with_suffix(".mo").open("rb") as file:
        chinese = gettext.GNUTranslations(file)
    assert chinese.gettext("Case") == "办件"
    assert chinese.ngettext("%(n)s day", "%(n)s days", 1) == "%(n)s 天"
    assert chinese.pgettext("key", "open") == "打开"


def test_messages_compile_needs_a_catalogue(project):
    assert "there is no locale" in run("--compile")[1]
