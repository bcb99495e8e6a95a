"""Registered capital and day of foundation move from columns of the profile to values with their source."""

from django.db import migrations

# The instant of the profile's last change is the best that is known of when it was said; facts follow with the next change
# of the file, or with manage.py refresh_facts.
MOVE = """
INSERT INTO profiles_profilevalue (enterprise_id, item, year, number, day, currency, source, said_at, note, is_accepted)
SELECT enterprise_id, 'registered_capital', 0, registered_capital * 10000, NULL, '', 'enterprise', updated_at, '', true
FROM profiles_enterpriseprofile WHERE registered_capital IS NOT NULL
UNION ALL
SELECT enterprise_id, 'founded_on', 0, NULL, founded_on, '', 'enterprise', updated_at, '', true
FROM profiles_enterpriseprofile WHERE founded_on IS NOT NULL
"""
BACK = """
UPDATE profiles_enterpriseprofile p SET registered_capital = v.number / 10000 FROM profiles_profilevalue v
WHERE v.enterprise_id = p.enterprise_id AND v.item = 'registered_capital' AND v.is_accepted;
UPDATE profiles_enterpriseprofile p SET founded_on = v.day FROM profiles_profilevalue v
WHERE v.enterprise_id = p.enterprise_id AND v.item = 'founded_on' AND v.is_accepted;
"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0002_file")]
    operations = [migrations.RunSQL(MOVE, BACK)]
