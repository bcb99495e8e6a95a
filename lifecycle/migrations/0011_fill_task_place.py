"""The place of every task that has a clock already: written by the trigger, from the clock."""

from django.db import migrations

FILL = "UPDATE lifecycle_task SET place_at = place_at WHERE clock_id IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0010_task_place")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
