"""What the portal does for the service standard by itself. It may run at any time."""

from datetime import datetime

from lifecycle.services import standard


def look_after(now: datetime) -> int:
    """How much was done."""
    return standard.put_in_force(now)
