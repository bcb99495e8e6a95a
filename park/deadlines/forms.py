"""What is typed about the working calendar. The notice is read here, so that a text that cannot be read keeps its place."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from park.deadlines import notice_text
from park.deadlines.notice_text import Notice
from park.deadlines.years import YearRefused

MOST_BYTES = 200_000
REFUSED = {
    "range": gettext_lazy("The calendar covers %(first)s to %(last)s only."),
    "imported": gettext_lazy(
        "%(year)s is imported already. Tick “replace” if this notice takes the place of that one."
    ),
    "missing": gettext_lazy("%(year)s is not imported: there is nothing to replace or to take back."),
    "other": gettext_lazy("This notice is for %(year)s, not for %(replacing)s."),
    "day_taken": gettext_lazy("%(day)s is set by the notice for %(year)s already."),
}


def why_refused(error: YearRefused) -> str:
    return str(REFUSED[error.key]) % error.words


class NoticeForm(forms.Form):
    """The notice of a year, pasted or as a text file. `notice` is what was read."""

    text = forms.CharField(
        label=gettext_lazy("Text of the notice"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("With its title, which names the year. The words around it do no harm."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a text file"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.html,.htm"}),
    )
    replace = forms.BooleanField(label=gettext_lazy("Replace what was imported for this year"), required=False)
    notice: Notice

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        text = data.get("text") or self._of_file(data)
        if self.errors:
            return data
        try:
            self.notice = notice_text.read(text)
        except notice_text.Unreadable as error:
            self.add_error("text", _(error.msgid) % _worded(error.words))
        else:
            if missing := notice_text.missing_holidays(self.notice):
                words = _("The notice does not name every holiday: %(names)s missing. Paste all of it.")
                self.add_error("text", words % {"names": "、".join(missing)})
        self.data = {**self.data.dict(), "text": text} if hasattr(self.data, "dict") else {**self.data, "text": text}
        return {**data, "text": text}

    def _of_file(self, data: dict[str, Any]) -> str:
        upload = data.get("file")
        if upload is None:
            return ""
        if upload.size > MOST_BYTES:
            self.add_error("file", _("The file is too large for a notice."))
            return ""
        content = upload.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return str(content.decode(encoding))
            except UnicodeDecodeError:
                continue
        self.add_error("file", _("The file is no text that can be read."))
        return ""


def _worded(words: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in words.items()}
