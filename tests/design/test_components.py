"""Every component: documented, free of inline style and script, and sound HTML in both languages."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from tests.design.contexts import AT, CLOCK, CONTEXTS

TEMPLATES = Path(settings.BASE_DIR) / "templates"
COMPONENTS = sorted(path.stem for path in (TEMPLATES / "components").glob("*.html"))
VOID = {"input", "img", "br", "hr", "meta", "link"}


class Outline(HTMLParser):
    """Tags as a browser sees them: what is open, what was never closed, which ids and icons there are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()


def render(name: str, language: str = "zh-hans", **more) -> str:
    with translation.override(language):
        return render_to_string(f"components/{name}.html", CONTEXTS[name] | more)


def test_components_each_have_an_example():
    assert set(COMPONENTS) == set(CONTEXTS)


@pytest.mark.parametrize("name", COMPONENTS)
def test_component_documents_its_arguments(name):
    source = (TEMPLATES / "components" / f"{name}.html").read_text(encoding="utf-8")
    assert source.startswith("{% comment %}")
    documented = source.split("{% endcomment %}", 1)[0]
    assert "Arguments:" in documented
    for argument in CONTEXTS[name]:
        assert re.search(rf"\b{argument}\b", documented), f"{argument} is not documented"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", COMPONENTS)
def test_component_renders_sound_html(name, language):
    html = render(name, language)
    outline = Outline(html)
    assert outline.open == []
    assert html.strip()
    ids = [attrs["id"] for _tag, attrs in outline.seen if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in outline.seen:
        assert "style" not in attrs
        assert not [attribute for attribute in attrs if attribute.startswith("on")]
        assert tag != "script" or attrs.get("type") == "application/json"
        if "bi" in (attrs.get("class") or "").split():
            assert attrs.get("aria-hidden") == "true"
        if tag == "button":
            assert attrs.get("type") in {"submit", "button"}


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_template_has_no_inline_style_or_script(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"\son\w+\s*=\s*[\"']", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert "<style" not in source
    assert "{% csrf_token %}" not in source or "components" not in path.parts, (
        "csrf_token does not reach an isolated component"
    )


@pytest.mark.parametrize(
    ("signal", "words"),
    [("green", "正常"), ("amber", "临近"), ("red", "超时"), ("paused", "暂停"), ("met", "办结")],
)
def test_signal_says_its_word_and_shows_an_icon(signal, words):
    html = render("signal", signal=signal)
    assert words in html
    assert f"sig-{signal}" in html
    assert 'class="bi bi-' in html


def test_signal_takes_other_words():
    assert "随预审暂停" in render("signal", signal="paused", label="随预审暂停")


def test_due_reads_as_people_say_it():
    text = " ".join(re.sub(r"<[^>]+>", " ", render("due")).split())
    assert "如今日补正， 11月26日 周四 17:00 前 (还有 2 个工作日)" in text
    text = " ".join(re.sub(r"<[^>]+>", " ", render("due", "en")).split())
    assert "If corrected today, Thu 26 Nov, before 17:00" in text


def test_due_shows_every_day_and_its_reason():
    html = render("due")
    assert html.count('class="day ') == len(CLOCK.days)
    for words in ["不计", "周末", "第 2 天", "暂停", "节假日", "班", "今天", "连续 4 周暂停", "企业申请暂缓"]:
        assert words in html
    assert "wd-5" in html  # 2026-11-20 is a Friday, whatever stands before it


def test_due_without_days_opens_nothing():
    clock = type("Clock", (), vars(CLOCK) | {"days": []})()
    assert "<details" not in render("due", clock=clock)


def test_confirm_works_without_scripts():
    html = render("confirm")
    assert '<form method="post" action="/withdraw">' in html
    assert 'name="csrfmiddlewaretoken" value="t"' in html
    assert html.index("撤回申请？") < html.index("<form")


def test_upload_is_a_plain_form():
    html = render("upload")
    assert 'enctype="multipart/form-data"' in html
    assert 'type="submit"' in html
    assert 'for="f1"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="f1-error"' in html


def test_text_of_people_is_escaped():
    assert "<b>x" not in render("message", text="<b>x", at=AT)
    assert "</script>" not in render("chart").split("</script>")[0]
    assert "\\u003C/script\\u003E" in render("chart")


def test_error_summary_shows_nothing_without_errors():
    assert render("error_summary", items=[]).strip() == ""


def test_numbers_in_drawings_use_a_point():
    assert 'cx="35.9%"' in render("dots")
