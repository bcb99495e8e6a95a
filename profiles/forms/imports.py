"""The file of an import."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.table_words import REFUSALS


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("Table"),
        help_text=_("An Excel workbook (.xlsx) or .csv, at most 20,000 rows."),
        error_messages={
            "required": _("Choose the file that you have filled in."),
            "empty": REFUSALS["empty"],
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        allow_empty_file=False,
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
