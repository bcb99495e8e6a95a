"""Which case is done for a need."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lifecycle.models import Case


class CaseField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.procedure.name} · {obj.reference or _('Draft')} · {obj.get_state_display()}"


class TieForm(forms.Form):
    case = CaseField(
        label=_("Case of this enterprise"),
        queryset=Case.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose a case.")},
    )

    def __init__(self, cases: QuerySet[Case], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["case"].queryset = cases  # type: ignore[attr-defined]
