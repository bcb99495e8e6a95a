from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from park.accounts.policies import PUBLIC, allow


@allow(PUBLIC)
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The description of the API for people; its data come from the schema."""
    return render(request, "accounts/api_docs.html")
