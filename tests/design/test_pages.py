"""The frame and the error pages: they appear whatever is missing, in both languages, without anything inline."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from tests.design.contexts import FRAME, USER
from tests.design.test_components import Outline

FAULTS = ["400.html", "403.html", "403_csrf.html", "404.html", "405.html", "413.html", "429.html", "500.html"]


def page(name: str, language: str = "zh-hans", **context) -> str:
    with translation.override(language):
        return render_to_string(name, context)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", FAULTS)
def test_fault_page_appears_without_any_context(name, language):
    html = page(name, language)
    assert Outline(html).open == []
    assert f'lang="{"en" if language == "en" else "zh-CN"}"' in html
    assert html.count("<h1>") == 1
    assert "csrfmiddlewaretoken" not in html


def test_fault_pages_of_last_resort_ask_nothing_of_the_server():
    for name in ["400.html", "500.html"]:
        assert "account_login" not in page(name)
        assert "<form" not in page(name)


def test_page_of_limits_promises_no_more_than_every_limit_keeps():
    assert "最长等待 15 分钟" in page("429.html")
    assert "密码" not in page("429.html")


def test_frame_shows_navigation_person_and_unread():
    request = SimpleNamespace(get_full_path="/desk/?mine=1")
    html = page(
        "base.html", user=USER, frame=FRAME, unread=SimpleLazyObject(lambda: 3), csrf_token="t", request=request
    )
    assert Outline(html).open == []
    assert 'aria-current="page"' in html
    assert "王敏" in html
    assert "消息，3 条未读" in html
    assert 'value="/desk/?mine=1"' in html
    assert 'name="language" value="en"' in html


def test_frame_offers_sign_in_to_visitors():
    html = page("base.html", frame={"nav": [], "hotline": "021-5900 0000", "demo": True})
    assert "登录" in html
    assert "021-5900 0000" in html
    assert "虚构" in html


def test_frame_lets_people_skip_to_the_content():
    seen = Outline(page("base.html")).seen
    assert next(attrs for tag, attrs in seen if tag == "a")["href"] == "#main"
    assert any(tag == "main" and attrs.get("id") == "main" for tag, attrs in seen)


def test_frame_loads_scripts_from_files_only():
    for tag, attrs in Outline(page("base.html")).seen:
        assert tag != "script" or attrs["src"].startswith("/static/")
