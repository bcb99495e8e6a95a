"""The texts by which enterprises are found."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func
from django.utils.translation import gettext_lazy as _

from park.accounts.models import Enterprise
from profiles.enums import KeyKind


class Grams(Func):
    """All parts of one to three characters of a text, each behind the letter of its kind; see the migration 0008_names."""

    function = "profiles_grams"
    output_field = ArrayField(models.TextField())


class SearchKey(models.Model):
    """One folded text by which an enterprise is found. Written by services.names alone; read by selectors.search."""

    enterprise = models.ForeignKey(
        Enterprise, models.CASCADE, related_name="search_keys", db_index=False, verbose_name=_("enterprise")
    )
    kind = models.CharField(_("kind"), max_length=1, choices=KeyKind)
    text = models.CharField(_("text"), max_length=900, db_collation="C")
    length = models.PositiveSmallIntegerField(_("length"))

    class Meta:
        verbose_name = _("search key")
        verbose_name_plural = _("search keys")
        constraints = [models.UniqueConstraint(fields=["enterprise", "kind", "text"], name="search_key_once")]
        indexes = [
            # what is or begins with the words: in the order of the alphabet, as far as is needed
            models.Index(fields=["kind", "text"], include=["enterprise"], name="search_begins"),
            # what holds words that many texts hold: among the shortest texts, from the index alone
            models.Index(fields=["kind", "length", "text"], include=["enterprise"], name="search_shortest"),
            # what holds words that few texts hold; what is yet to be sorted in is read with every search, so it is little
            GinIndex(Grams(F("kind"), F("text")), name="search_parts", gin_pending_list_limit=256),
        ]

    def __str__(self) -> str:
        return self.text
