"""How bodies of calls are read. What cannot be read is said in the reader's language, and never in Python's."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError
from rest_framework.utils.json import strict_constant


class JsonParser(parsers.JSONParser):
    """JSON in UTF-8 (RFC 8259) whose texts can be written in UTF-8 again."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = json.loads(stream.read().decode("utf-8"), parse_constant=strict_constant)
            # "\ud800", half of a pair, is no character: neither the database nor the answer could hold it
            json.dumps(data, ensure_ascii=False).encode("utf-8")
        except json.JSONDecodeError as error:
            place = {"line": error.lineno, "column": error.colno}
            raise ParseError(_("The body is not valid JSON; see line %(line)s, column %(column)s.") % place) from error
        except (ValueError, RecursionError) as error:
            text = _(
                "The body holds what cannot be taken: a broken character, an endless number, or too deep a nesting."
            )
            raise ParseError(text) from error
        return data


class MultipartParser(parsers.MultiPartParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise ParseError(_("The body is not a form with parts (multipart/form-data).")) from error
