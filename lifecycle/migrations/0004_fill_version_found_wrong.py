from django.db import migrations

# Until now a version counted as new when it was handed in after the notice.
FILL = """
UPDATE lifecycle_correctionitem i SET found_wrong = coalesce((
    SELECT max(v.number) FROM lifecycle_materialversion v JOIN lifecycle_correctionnotice n ON n.id = i.notice_id
    WHERE v.material_id = i.material_id AND v.added_at < n.issued_at), 0);
"""


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0003_version_found_wrong")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
