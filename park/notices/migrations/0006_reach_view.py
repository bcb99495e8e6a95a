from django.conf import settings
from django.db import migrations

# In three parts, so that the addresses of one person are found by their index.
CREATE = """
CREATE VIEW notices_reach AS
SELECT u.id AS user_id, t.topic, 'email'::varchar(20) AS channel
FROM accounts_user u CROSS JOIN (VALUES ('deadlines'::varchar(20)), ('cases'), ('account')) t (topic)
WHERE u.is_active AND u.email <> '' AND NOT EXISTS (
    SELECT 1 FROM notices_preference p
    WHERE p.user_id = u.id AND p.topic = t.topic AND p.channel = 'email' AND NOT p.is_on
)
UNION ALL
SELECT u.id, p.topic, p.channel
FROM accounts_user u JOIN notices_preference p ON p.user_id = u.id AND p.channel = 'sms' AND p.is_on
WHERE u.is_active AND u.phone <> ''
UNION ALL
SELECT u.id, t.topic, a.channel
FROM accounts_user u
JOIN notices_address a ON a.user_id = u.id AND a.is_active
CROSS JOIN (VALUES ('deadlines'::varchar(20)), ('cases'), ('account')) t (topic)
WHERE u.is_active AND NOT EXISTS (
    SELECT 1 FROM notices_preference p
    WHERE p.user_id = u.id AND p.topic = t.topic AND p.channel = a.channel AND NOT p.is_on
);
COMMENT ON VIEW notices_reach IS 'By which outside channels an active person is reached about a topic';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0005_channels_and_preferences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [migrations.RunSQL(CREATE, "DROP VIEW notices_reach")]
