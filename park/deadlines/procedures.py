"""What floors above count their clocks under, besides the procedures of the published standard."""

from django.utils.functional import Promise

_names: dict[str, str | Promise] = {}


def name_procedure(code: str, name: str | Promise) -> str:
    """Give a code of Clock.procedure its name, in the language of whoever reads it; the code, to be kept with clocks."""
    _names[code] = name
    return code


def named_procedures() -> dict[str, str]:
    """The names by code, in the language that is active."""
    return {code: str(name) for code, name in _names.items()}
