"""What files do when something happened elsewhere. Reads the log; effect and cursor are committed together."""

from collections.abc import Sequence

from park.events.consumers import consumer
from park.events.models import Event
from profiles.services import names

NAMED = {"enterprise.signed_up", "enterprise.approved", "enterprise.refused", "enterprise.licensed"}


@consumer("enterprise-names")
def follow_names(events: Sequence[Event]) -> None:
    """An enterprise that signed up, was decided on or got its code is found by what it is called now."""
    named = {event.enterprise_id for event in events if event.kind in NAMED and event.enterprise_id}
    if named:
        names.follow(named)
