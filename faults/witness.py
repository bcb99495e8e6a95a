"""Sees every ladder that a clock is given, by a trigger of the campaign's own: the portal keeps the last one alone."""

from django.db import connection

INSTALL = """
CREATE TABLE faults_drawn (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, clock_id bigint, revision int, at timestamptz, ladder timestamptz[]
);
CREATE FUNCTION faults_see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO faults_drawn (clock_id, revision, at, ladder) VALUES (NEW.id, NEW.revision, clock_timestamp(), NEW.ladder_at);
    RETURN NULL;
END $$;
CREATE TRIGGER faults_see_first AFTER INSERT ON deadlines_clock FOR EACH ROW EXECUTE FUNCTION faults_see();
CREATE TRIGGER faults_see AFTER UPDATE OF ladder_at ON deadlines_clock FOR EACH ROW
    WHEN (OLD.ladder_at IS DISTINCT FROM NEW.ladder_at) EXECUTE FUNCTION faults_see();
"""


def install() -> None:
    """Watch the clocks of this database from now on."""
    with connection.cursor() as cursor:
        cursor.execute(INSTALL)
