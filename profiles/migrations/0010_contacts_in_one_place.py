"""The contact person of the head of a file becomes a contact like the others. Nothing is lost, and run twice it does the same."""

from django.db import migrations

# What stood twice, word for word, stands once; the further ones end.
ONCE = """
UPDATE profiles_contact c SET ended_at = now(), is_first = false
WHERE c.ended_at IS NULL AND EXISTS (
    SELECT 1 FROM profiles_contact o
    WHERE o.ended_at IS NULL AND (o.enterprise_id, o.name, o.phone, o.email) = (c.enterprise_id, c.name, c.phone, c.email)
        AND (NOT o.is_first, o.id) < (NOT c.is_first, c.id))
"""
# One who was taken off the contacts is not put back.
MOVE = """
INSERT INTO profiles_contact (enterprise_id, name, position, phone, email, is_first)
SELECT p.enterprise_id, p.contact_name, '', p.contact_phone, '', NOT EXISTS (
    SELECT 1 FROM profiles_contact c WHERE c.enterprise_id = p.enterprise_id AND c.is_first AND c.ended_at IS NULL)
FROM profiles_enterpriseprofile p
WHERE (p.contact_name <> '' OR p.contact_phone <> '') AND NOT EXISTS (
    SELECT 1 FROM profiles_contact c WHERE c.enterprise_id = p.enterprise_id
        AND p.contact_name IN ('', c.name) AND p.contact_phone IN ('', c.phone))
"""
FIRST = """
UPDATE profiles_contact SET is_first = true WHERE id IN (
    SELECT min(id) FROM profiles_contact WHERE ended_at IS NULL GROUP BY enterprise_id HAVING NOT bool_or(is_first))
"""
BACK = """
UPDATE profiles_enterpriseprofile p SET contact_name = c.name, contact_phone = c.phone
FROM profiles_contact c WHERE c.enterprise_id = p.enterprise_id AND c.is_first AND c.ended_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0009_rule_versions")]

    operations = [migrations.RunSQL([ONCE, MOVE, FIRST], [BACK])]
