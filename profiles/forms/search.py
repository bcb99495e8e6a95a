"""What the list of enterprises can be narrowed to."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from park.accounts.models import Enterprise
from park.team.models import Specialist
from profiles import items
from profiles.models import TagRule


def _sections() -> list[tuple[str, str]]:
    return [(code, f"{code} {name}") for code, name in items.industries().items() if len(code) == 1]


def _rules(_request: Any) -> QuerySet[TagRule]:
    return TagRule.objects.filter(is_active=True)


def _specialists(_request: Any) -> QuerySet[Specialist]:
    """Those who look after somebody."""
    looking_after = Specialist.objects.filter(enterprises__isnull=False)
    return Specialist.objects.filter(pk__in=looking_after.values("pk")).select_related("user").order_by("user__name")


SELECT = {"class": "form-select s"}


class EnterpriseFilter(django_filters.FilterSet):
    tag = django_filters.ModelChoiceFilter(
        queryset=_rules,
        to_field_name="code",
        method="with_tag",
        label=_("Tag"),
        empty_label=_("All tags"),
        widget=forms.Select(attrs=SELECT),
    )
    section = django_filters.ChoiceFilter(
        choices=_sections,
        method="in_section",
        label=_("Industry"),
        empty_label=_("All industries"),
        widget=forms.Select(attrs=SELECT),
    )
    specialist = django_filters.ModelChoiceFilter(
        queryset=_specialists,
        field_name="profile__specialist",
        label=_("Looked after by"),
        empty_label=_("All specialists"),
        widget=forms.Select(attrs=SELECT),
    )

    class Meta:
        model = Enterprise
        fields = ["tag", "section", "specialist"]

    def with_tag(self, queryset: QuerySet[Enterprise], _name: str, rule: TagRule) -> QuerySet[Enterprise]:
        return queryset.filter(facts__has_tag__contains=[rule.code])

    def in_section(self, queryset: QuerySet[Enterprise], _name: str, section: str) -> QuerySet[Enterprise]:
        divisions = items.divisions_of().get(section, ())
        return queryset.filter(facts__industry_code__regex=f"^({'|'.join(divisions)})")

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.cleaned_data.values()) if self.form.is_valid() else False
