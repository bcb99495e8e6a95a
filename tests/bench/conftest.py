import pytest

from park.accounts.models import User
from park.team.models import Specialist
from tests.cast import Cast


@pytest.fixture
def person(cast: Cast) -> Specialist:
    """Somebody whose department has no head and whose park no leader: one notice a deadline, as the loop writes."""
    Specialist.objects.filter(pk=cast.qian.pk).update(is_head=False)
    User.objects.filter(role="manager").update(is_active=False)
    return cast.wang
