"""`manage.py code`: one-time codes of the demonstration, and of nobody else."""

from io import StringIO

import pytest
from allauth.mfa.totp.internal.auth import validate_totp_code
from django.core.management import CommandError, call_command

from park.accounts.models import User
from tests.cast import Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def test_code_of_a_demo_sign_in_is_valid(cast: Cast) -> None:
    User.objects.filter(pk=cast.wang.user_id).update(is_demo=True)
    secret = give_second_factor(cast.wang.user)
    out = StringIO()
    call_command("code", "WANG", stdout=out, stderr=StringIO())
    assert validate_totp_code(secret, out.getvalue().strip())


def test_code_of_anybody_else_is_refused(cast: Cast) -> None:
    give_second_factor(cast.wang.user)
    out = StringIO()
    with pytest.raises(CommandError, match="wang"):
        call_command("code", "wang", stdout=out, stderr=StringIO())
    assert out.getvalue() == ""
