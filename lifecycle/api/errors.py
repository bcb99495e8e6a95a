"""What the services raise, as problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied, ValidationError

from lifecycle.services.agreements import BytesChanged
from lifecycle.services.cases import AlreadyOpen, NotForThisEnterprise
from lifecycle.services.errors import CaseMoved, Incomplete, NotYours, VerdictsMissing
from park.accounts.api.problems import Conflict
from park.accounts.services import CodeTaken
from park.deadlines.services import ClockMoved, Refused
from park.team.models import Specialist
from profiles.services.documents import FileRefused


@contextmanager
def as_problems() -> Iterator[None]:
    """409 for what has moved on, 403 for what is somebody else's, 400 with fields for what is missing or wrong."""
    try:
        yield
    except (CaseMoved, ClockMoved) as error:
        raise Conflict from error
    except Refused as error:
        raise ValidationError({"rule": [str(error)]}) from error
    except BytesChanged as error:
        raise Conflict(_("The document is not the one whose SHA-256 was given. Nothing was signed.")) from error
    except (NotYours, Specialist.DoesNotExist) as error:
        raise PermissionDenied(_("This belongs to somebody else: another person, department or side.")) from error
    except AlreadyOpen as error:
        text = _("This is under way already: %(reference)s.") % {"reference": error.case.reference or error.case.uid}
        raise Conflict(text) from error
    except NotForThisEnterprise as error:
        text = _("Only a company that is still being set up can apply for this.")
        raise ValidationError({"procedure": [text]}) from error
    except Incomplete as error:
        raise ValidationError({"missing": [asdict(item) for item in error.missing]}) from error
    except FileRefused as error:
        raise ValidationError({"file": [error.text]}) from error
    except VerdictsMissing as error:
        raise ValidationError({"verdicts": error.texts}) from error
    except CodeTaken as error:
        text = _("Another enterprise has this code. Please compare it with the licence once more.")
        raise ValidationError({"number": [text]}) from error
