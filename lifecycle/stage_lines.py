"""What each stage of an enterprise's life in the park is about, in one line."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lifecycle.enums import Stage

STAGE_LINES: dict[Stage, Any] = {
    Stage.OUTREACH: _("Policies, costs and premises made clear first"),
    Stage.REGISTRATION: _("From the signed agreement to the licence"),
    Stage.POLICY: _("One declaration, materials handed in once"),
    Stage.OPERATION: _("A return visit each quarter, an annual visit"),
    Stage.RESOLUTION: _("A problem is closed when the enterprise says so"),
}
