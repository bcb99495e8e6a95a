"""Statements by hand that PostgreSQL takes apart and plans once in the life of a connection, not each time.

For what every step of every case asks: to plan such a statement takes longer than to do it.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections

# `%%` is a per cent sign, also before something in brackets.
PARAMETER = re.compile(r"%%|%\((\w+)\)s(::[\w\[\]]+)?")
# The names of what has been prepared, by connection (one that is opened anew begins without any).
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Statement:
    """One statement with parameters `%(name)s::type`; the type stands where a parameter is named first. Logs of the database
    show it by `name`.

    Columns are to be named one by one (`rows.columns`): what a prepared statement answers with must not change while a
    migration adds a column. Raises TypeError for a parameter without a type.
    """

    def __init__(self, name: str, text: str) -> None:
        types: dict[str, str] = {}
        for found in PARAMETER.finditer(text):
            if found[1]:
                types.setdefault(found[1], found[2] or "")
        if untyped := [parameter for parameter, cast in types.items() if not cast]:
            raise TypeError(f"of what type are {untyped}?")
        places = {parameter: f"${place}" for place, parameter in enumerate(types, 1)}
        numbered = PARAMETER.sub(lambda found: places[found[1]] + (found[2] or "") if found[1] else "%", text)
        self.text = text
        self.name = f"{name}_{sha256(text.encode()).hexdigest()[:8]}"
        self._prepare = f"PREPARE {self.name} AS {numbered}"
        given = ", ".join(f"%({parameter})s{cast}" for parameter, cast in types.items())
        self._execute = f"EXECUTE {self.name} ({given})" if given else f"EXECUTE {self.name}"

    def execute(self, cursor: Any, parameters: Mapping[str, Any]) -> None:
        """In the place of cursor.execute, with a cursor of Django's default connection."""
        wrapper = connections[DEFAULT_DB_ALIAS]
        known = _prepared.setdefault(wrapper.connection, set())
        if self.name not in known:
            # what is prepared stays prepared, even if the transaction is rolled back
            with wrapper.wrap_database_errors, wrapper.connection.cursor() as own:
                own.execute(self._prepare)
            known.add(self.name)
        cursor.execute(self._execute, parameters)
