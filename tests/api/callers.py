"""Programs that call the API with somebody's token."""

from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from park.accounts.models import User
from park.accounts.services import make_token

ROOT = "/api/v1"


class Caller:
    """Calls the API for one person; answers in English, so that tests can read them."""

    def __init__(self, user: User | None = None) -> None:
        self.client = APIClient(headers={"Accept-Language": "en"})
        if user is not None:
            _token, text = make_token(user=user, name="test", now=timezone.now())
            self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        return self._checked(self.client.get(ROOT + path, query), status)

    def post(self, path: str, data: Any = None, status: int = 200, kind: str = "json") -> Any:
        return self._checked(self.client.post(ROOT + path, data, format=kind), status)

    def patch(self, path: str, data: Any, status: int = 200) -> Any:
        return self._checked(self.client.patch(ROOT + path, data, format="json"), status)

    def delete(self, path: str, status: int = 204) -> Any:
        return self._checked(self.client.delete(ROOT + path), status)

    def _checked(self, answer: Any, status: int) -> Any:
        body = answer.json() if "json" in answer.get("Content-Type", "") else answer
        assert answer.status_code == status, (answer.status_code, body)
        if status >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert body["status"] == status
            assert body["type"].startswith("urn:park:problem:")
        return body
