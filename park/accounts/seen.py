"""Two tabs, or two people, on one form: what only one of them changed stays, and what both changed is asked.

The page sends back a record of the values it showed (`seen`: a short digest of each, in a hidden field). A field that still
holds what was shown gives way to what is stored now. One that was changed here is taken, unless it was changed elsewhere as
well: then it is an error beside the field, which names the other value, and sending the form once more keeps one's own.
`sent` names values that the page itself has sent before without having had an answer; they are nobody else's.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _


def plain(value: object) -> str:
    """A value as it stands in a form, whatever a browser does to the ends of lines."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class SeenForm(forms.Form):
    """After validation, `touched` names the fields that were changed on the page, `clashes` those changed elsewhere too."""

    data: Any
    touched: set[str]
    clashes: set[str]

    def seen(self, names: Iterable[str] | None = None) -> dict[str, str]:
        """The record of what is stored now."""
        return {name: digest(self._stored(name)) for name in (self.fields if names is None else names)}

    @property
    def seen_json(self) -> str:
        """For the hidden field `seen` of the page."""
        return json.dumps(self.seen())

    def full_clean(self) -> None:
        if self.is_bound:
            self._merge()
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.clashes:
            text = _(
                "This was changed elsewhere in the meantime and now reads: “%(theirs)s”. What stands here is yours; "
                "send it once more to keep it, or change it first."
            )
            self.add_error(name, text % {"theirs": self._words(name)})
        return data

    def _merge(self) -> None:
        shown, sent = self._record("seen"), self._record("sent")
        posted, self.data = self.data, self.data.copy()
        self.touched, self.clashes = set(), set()
        for name in self.fields:
            stored, typed = self._stored(name), self._typed(name, posted)
            if typed is None or shown.get(name) == digest(typed):
                self._put(name, stored)
                continue
            self.touched.add(name)
            own = sent.get(name)
            known = [
                shown.get(name, digest(stored)),
                *(digest(plain(v)) for v in (own if isinstance(own, list) else [])),
            ]
            if typed != stored and digest(stored) not in known:
                self.clashes.add(name)

    def _typed(self, name: str, posted: Any) -> str | None:
        """As it was sent; None where it was not. A box without its tick is sent as nothing, and means no; several choices are
        one text."""
        field = self.fields[name]
        if isinstance(field.widget, forms.CheckboxInput):
            return str(field.widget.value_from_datadict(posted, MultiValueDict(), name))
        if isinstance(field, forms.MultipleChoiceField) and hasattr(posted, "getlist") and name in posted:
            return plain(" ".join(one for one in posted.getlist(name) if one))
        return plain(posted.get(name)) if name in posted else None

    def _put(self, name: str, value: str) -> None:
        if isinstance(self.fields[name], forms.MultipleChoiceField) and hasattr(self.data, "setlist"):
            self.data.setlist(name, value.split())
        else:
            self.data[name] = value

    def _record(self, name: str) -> Mapping[str, Any]:
        try:
            found = json.loads(self.data.get(name) or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _stored(self, name: str) -> str:
        field = self.fields[name]
        return plain(field.prepare_value(self.get_initial_for_field(field, name)))

    def _words(self, name: str) -> str:
        stored = self._stored(name)
        return str(dict(getattr(self.fields[name], "choices", ())).get(stored, stored)) or _("(empty)")
