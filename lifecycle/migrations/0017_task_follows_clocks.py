"""The places of tasks follow their clocks by one statement, however many clocks move at once."""

from django.db import migrations

# A trigger with tables of what changed can't ask beforehand what changed in a row, so each statement on clocks asks for
# the tasks whose place is another one now: by the index of the task's clock alone, whatever the planner was told of the
# first statement of a session.
FOLLOW = """
DROP TRIGGER lifecycle_follow_clock ON deadlines_clock;
DROP FUNCTION lifecycle_follow_clock();
CREATE FUNCTION lifecycle_follow_clocks() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    UPDATE lifecycle_task t SET place_at = m.place_at
    FROM (SELECT id, CASE WHEN state = 'paused' AND NOT is_breached THEN '9999-01-01 00:00:00+00' ELSE due_at END AS place_at
          FROM moved) m
    WHERE t.clock_id = m.id AND t.place_at <> m.place_at;
    RETURN NULL;
END $$;
CREATE TRIGGER lifecycle_follow_clocks AFTER UPDATE ON deadlines_clock REFERENCING NEW TABLE AS moved
FOR EACH STATEMENT EXECUTE FUNCTION lifecycle_follow_clocks();
"""
LEAVE = """
DROP TRIGGER lifecycle_follow_clocks ON deadlines_clock;
DROP FUNCTION lifecycle_follow_clocks();
CREATE FUNCTION lifecycle_follow_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lifecycle_task SET place_at = place_at WHERE clock_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER lifecycle_follow_clock AFTER UPDATE ON deadlines_clock FOR EACH ROW
WHEN (OLD.due_at <> NEW.due_at
      OR (OLD.state = 'paused' AND NOT OLD.is_breached) <> (NEW.state = 'paused' AND NOT NEW.is_breached))
EXECUTE FUNCTION lifecycle_follow_clock();
"""


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0008_more_pause_reasons"), ("lifecycle", "0016_frozen_both_ways")]

    operations = [migrations.RunSQL(FOLLOW, LEAVE)]
