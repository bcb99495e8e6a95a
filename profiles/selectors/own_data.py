"""What the portal holds on an enterprise and on a person, for themselves (个人信息保护法, articles 45 and 50).

One statement each, so that a file of ten thousand values is read as fast as one of ten. Needs that the park wrote
down are in it, and notes on values, for they are about the enterprise and it reads them on its pages. What the park writes for
itself alone is not: reports of visits, reasons of tags given by hand, hand-over notes, what is expected of an enterprise and
was never said to it; and nothing of any other enterprise.
"""

import json
from typing import Any

from django.db import connection

from park.accounts.models import Enterprise, User
from profiles.items import items

_FILE = """
SELECT jsonb_build_object(
    'enterprise', jsonb_build_object('name_zh', e.name_zh, 'name_en', e.name_en, 'uscc', e.uscc,
        'is_forming', e.is_forming, 'signed_up', e.created_at),
    'profile', (SELECT jsonb_build_object('industry', p.industry, 'business_scope', p.business_scope,
        'address', p.address, 'changed', p.updated_at)
        FROM profiles_enterpriseprofile p WHERE p.enterprise_id = e.id),
    'names', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', n.kind, 'name', n.text, 'until', n.until)
        ORDER BY n.id), '[]') FROM profiles_enterprisename n WHERE n.enterprise_id = e.id),
    'contacts', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'position', c.position, 'phone', c.phone,
        'email', c.email, 'first', c.is_first, 'until', c.ended_at) ORDER BY c.id), '[]')
        FROM profiles_contact c WHERE c.enterprise_id = e.id),
    'values', (SELECT coalesce(jsonb_agg(jsonb_build_object('item', v.item, 'year', nullif(v.year, 0),
        'value', coalesce(trim_scale(v.number)::text, v.text, v.day::text, v.flag::text), 'currency', v.currency,
        'source', v.source, 'note', v.note, 'said_at', v.said_at, 'counts', v.is_accepted)
        ORDER BY v.item, v.year, v.said_at, v.id), '[]')
        FROM profiles_profilevalue v WHERE v.enterprise_id = e.id),
    'confirmations', (SELECT coalesce(jsonb_agg(c.at ORDER BY c.at), '[]')
        FROM profiles_confirmation c WHERE c.enterprise_id = e.id),
    'tags', (SELECT coalesce(jsonb_agg(jsonb_build_object('name_zh', r.name_zh, 'name_en', r.name_en, 'comes', t.origin,
        'since', t.since, 'valid_until', t.expires_on, 'ended', t.ended_at, 'number', t.number) ORDER BY t.since, t.id), '[]')
        FROM profiles_tag t JOIN profiles_tagrule r ON r.id = t.rule_id WHERE t.enterprise_id = e.id),
    'needs', (SELECT coalesce(jsonb_agg(jsonb_build_object('category_zh', k.name_zh, 'category_en', k.name_en,
        'text', n.text, 'came_by', n.source, 'state', n.state, 'raised', n.raised_at, 'answered', n.answered_at,
        'closed', n.closed_at, 'satisfied_by', n.satisfied_by) ORDER BY n.raised_at, n.id), '[]')
        FROM profiles_need n JOIN profiles_needcategory k ON k.id = n.category_id
        WHERE n.enterprise_id = e.id),
    'visits', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', v.kind, 'planned', v.planned_on, 'held', v.held_on)
        ORDER BY v.planned_on, v.id), '[]') FROM profiles_visit v WHERE v.enterprise_id = e.id AND v.state <> 'cancelled'),
    'supply', (SELECT coalesce(jsonb_agg(jsonb_build_object('direction', s.direction, 'industry', s.industry_code,
        'text', s.text, 'wants_local', s.wants_local, 'is_shown', s.is_shown, 'entered', s.created_at, 'ended', s.ended_at)
        ORDER BY s.id), '[]') FROM profiles_supplyitem s WHERE s.enterprise_id = e.id),
    'documents', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'file_name', d.file_name, 'size', d.size,
        'sha256', d.sha256, 'received', d.created_at) ORDER BY d.id), '[]')
        FROM profiles_document d WHERE d.enterprise_id = e.id)
)::text FROM accounts_enterprise e WHERE e.id = ANY(%s) ORDER BY e.id
"""
_PERSON = """
SELECT jsonb_build_object(
    'login', jsonb_build_object('username', u.username, 'name', u.name, 'email', u.email, 'phone', u.phone,
        'language', u.language, 'role', u.role, 'joined', u.date_joined, 'last_sign_in', u.last_login),
    'memberships', (SELECT coalesce(jsonb_agg(jsonb_build_object('enterprise', e.name_zh, 'signatory', m.is_signatory,
        'approval', m.approval, 'since', m.created_at, 'ended', m.ended_at) ORDER BY m.id), '[]')
        FROM accounts_membership m JOIN accounts_enterprise e ON e.id = m.enterprise_id WHERE m.user_id = u.id),
    'tokens', (SELECT coalesce(jsonb_agg(jsonb_build_object('purpose', t.name, 'made', t.created_at, 'expires', t.expires_at,
        'revoked', t.revoked_at, 'last_used', t.last_used_on) ORDER BY t.id), '[]')
        FROM accounts_apitoken t WHERE t.user_id = u.id),
    'notices', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', n.kind, 'data', n.data, 'written', n.created_at,
        'read', n.read_at) ORDER BY n.id), '[]') FROM notices_notice n WHERE n.recipient_id = u.id)
)::text FROM accounts_user u WHERE u.id = %s
"""


def own_data(user: User, enterprises: list[Enterprise]) -> dict[str, Any]:
    """`person` is the account of who asks; `enterprises` what is held on each of theirs."""
    with connection.cursor() as cursor:
        cursor.execute(_FILE, [[enterprise.pk for enterprise in enterprises]])
        files = [json.loads(row[0]) for row in cursor.fetchall()]
        cursor.execute(_PERSON, [user.pk])
        person = json.loads(cursor.fetchone()[0])
    for file in files:
        for value in file["values"]:
            known = items().get(value["item"])
            value["label_zh"], value["label_en"] = (known.label.zh, known.label.en) if known else (value["item"],) * 2
    return {"person": person, "enterprises": files}
