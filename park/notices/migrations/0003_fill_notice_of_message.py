from django.db import migrations

# A message carried the words of its notice; from now on it points at the notice.
FILL = """
UPDATE notices_outboxmessage m SET notice_id = n.id FROM notices_notice n WHERE n.dedupe_key = m.dedupe_key;
DELETE FROM notices_outboxmessage WHERE notice_id IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_message_of_a_notice")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
