"""Texts of the park's own data, held in Chinese and English side by side."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def reads_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


class Bilingual(models.Model):
    """A thing with a Chinese and an English name; `name` is the one for the reader."""

    name_zh = models.CharField(_("name in Chinese"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_zh if reads_chinese() or not self.name_en else self.name_en
