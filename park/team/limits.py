"""How much of their limits work has left. Clocks stand on the floor above, which says here how to ask them."""

_asked: list[str] = []


def register(share_left: str) -> None:
    """SQL for percent of the limit left of the clock `{clock}` at `%(now)s`, negative when overdue, null when none runs."""
    _asked[:] = [share_left]


def share_left(clock: str) -> str:
    """SQL for what is left of the clock whose number this column is; its statement is given `now`."""
    return _asked[0].format(clock=clock) if _asked else "NULL::integer"
