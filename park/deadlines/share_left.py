"""Tells the team below how much of its limit a piece of work has left; connected when the app is ready."""

from park.team import limits

limits.register("""(
    SELECT floor(
        100 * extract(epoch FROM due_at - %(now)s::timestamptz) / greatest(extract(epoch FROM due_at - started_at), 1)
    )::integer
    FROM deadlines_clock WHERE id = {clock} AND state = 'running'
)""")
