from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from park.accounts.models import ApiToken
from park.accounts.policies import declared_policy, lacks_second_factor


class DeclaredPolicy(BasePermission):
    """The API asks the same declared policies as the pages; a view without one is denied.

    A session of somebody who owes a second factor is refused too; a token was made behind that factor.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        policy = declared_policy(type(view))
        if policy is None or not policy.admits(request.user):
            return False
        if policy.public or isinstance(request.auth, ApiToken):
            return True
        return not lacks_second_factor(request.user)
