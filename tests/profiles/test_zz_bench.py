import time

import pytest

from park.accounts.models import Enterprise, User
from park.team.models import Department, Skill, Specialist
from profiles.models import Visit
from profiles.services import visits
from tests.cast import NOW


@pytest.mark.django_db
def test_b(cast):
    sk = Skill.objects.get(code="R-ESS")
    d = Department.objects.get(code="DEP-ENT")
    for n in range(60):
        u = User.objects.create_user(f"s{n}", f"s{n}@x.invalid", "x", name=f"s{n}", role="specialist")
        sp = Specialist.objects.create(user=u, department=d)
        sp.skills.add(sk)
    Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"E{n}", is_forming=True, approval="approved", created_at=NOW) for n in range(5000)
    )
    t = time.time()
    n = visits.plan_visits(NOW)
    a = time.time() - t
    from django.db import connection

    connection.cursor().execute("ANALYZE")
    t = time.time()
    m = visits.plan_visits(NOW)
    b = time.time() - t
    from collections import Counter

    print(
        "\nPLANNED",
        n,
        a,
        "again",
        m,
        b,
        sorted(Counter(Visit.objects.values_list("specialist", flat=True)).values())[:3],
        Visit.objects.filter(specialist=None).count(),
    )
