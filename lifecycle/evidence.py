"""Where a signature comes from, as far as its request tells."""

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records

from lifecycle.services.agreements import Evidence
from park.accounts.http import SignedInRequest


def evidence_of(request: SignedInRequest) -> Evidence:
    """The address and browser of a request, and whether its session was opened with a second factor."""
    methods = {record.get("method") for record in get_authentication_records(request, request.user)}
    return Evidence(
        ip=get_adapter().get_client_ip(request),
        user_agent=request.headers.get("User-Agent", ""),
        second_factor="mfa" in methods,
    )
