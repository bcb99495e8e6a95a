from django import forms
from django.utils import translation

from tests.design.test_components import Outline


class Application(forms.Form):
    name = forms.CharField(label="企业名称", help_text="与名称告知书一致")
    note = forms.CharField(label="说明", required=False, widget=forms.Textarea)
    verdict = forms.ChoiceField(label="结论", choices=[("a", "通过"), ("b", "补正")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="我已核对")
    paper = forms.FileField(label="附件", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def parts(form: forms.Form) -> list[tuple[str, dict]]:
    return Outline(str(form)).seen


def named(form: forms.Form, name: str) -> dict:
    return next(attrs for _tag, attrs in parts(form) if attrs.get("name") == name)


def test_form_draws_every_field_with_its_label():
    seen = parts(Application())
    labelled = {attrs.get("for") for tag, attrs in seen if tag == "label"}
    for name in ["name", "note", "agreed", "paper"]:
        assert f"id_{name}" in labelled
    assert [tag for tag, _attrs in seen].count("fieldset") == 1
    assert named(Application(), "secret")["type"] == "hidden"


def test_form_marks_what_is_optional():
    with translation.override("zh-hans"):
        html = str(Application())
    assert html.count("（选填）") == 2


def test_nul_in_a_field_is_refused_in_the_words_of_the_portal():
    with translation.override("zh-hans"):
        assert "空字符" in str(Application({"name": "a\0b"}).errors["name"])
        assert "不允许是用" not in str(Application({"name": "a\0b"}).errors["name"])


def test_field_names_its_hint_and_its_error():
    control = named(Application({}), "name")
    assert control["aria-invalid"] == "true"
    ids = {attrs.get("id") for _tag, attrs in parts(Application({}))}
    assert set(control["aria-describedby"].split()) == {"id_name_helptext", "id_name_error"}
    assert set(control["aria-describedby"].split()) <= ids


def test_field_without_fault_has_no_error():
    form = Application({"name": "瀛沐", "verdict": "a", "agreed": "on"})
    assert form.is_valid()
    assert "bad" not in str(form)
    assert "_error" not in str(form)


def test_fieldset_describes_the_whole_group():
    fieldset = next(attrs for tag, attrs in parts(Application({})) if tag == "fieldset")
    assert fieldset["aria-describedby"] == "id_verdict_error"
    assert fieldset["id"] == "id_verdict"


def test_errors_of_the_whole_form_stand_above_it():
    form = Application({})
    form.add_error(None, "与登记信息不一致")
    html = str(form)
    assert html.index("与登记信息不一致") < html.index('name="name"')
    assert 'role="alert"' in html
