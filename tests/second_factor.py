"""One-time codes for people in tests: a real authenticator, as the sign-in library keeps it."""

import time

from allauth.mfa.totp.internal import auth

from park.accounts.models import User

STEP_SECONDS = 30


def give_second_factor(user: User) -> str:
    """Set up a TOTP authenticator for a person; its secret, from which codes can be made."""
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(user, secret)
    return secret


def code(secret: str) -> str:
    """The code that an authenticator app would show now (RFC 6238, steps of 30 seconds)."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // STEP_SECONDS))


def secret_of(user: User) -> str:
    """The secret of an authenticator that was set up before."""
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator

    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return get_adapter().decrypt(kept.data["secret"])
