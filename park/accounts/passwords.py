"""What a password must be, said in the reader's language: Django's own sentence on the length has no Chinese yet."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return _("Please choose at least %(n)s characters.") % {"n": self.min_length}
