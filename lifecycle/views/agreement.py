from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lifecycle.enums import Party
from lifecycle.evidence import evidence_of
from lifecycle.forms.portal import SignForm
from lifecycle.models import Case
from lifecycle.permissions import get_own_case
from lifecycle.selectors import drafts, tracking
from lifecycle.selectors.casefile import CaseFile
from lifecycle.services import agreements
from lifecycle.services.agreements import BytesChanged
from lifecycle.services.errors import CaseMoved, NotYours
from park.accounts.http import SignedInRequest
from park.accounts.permissions import is_signatory
from park.accounts.policies import ENTERPRISE, allow


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: SignedInRequest, uid: str) -> HttpResponse:
    """The very text that is signed, and, for a signatory, the place to sign it."""
    case = get_own_case(request.user, uid)
    if not CaseFile(case).has_agreement:
        raise Http404("this procedure has no agreement")
    if request.method != "POST":
        return _page(request, case, SignForm(initial={"sha256": case.agreement.document.sha256}))
    form = SignForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    try:
        agreements.sign_for_enterprise(
            case,
            sha256=form.cleaned_data["sha256"],
            by=request.user,
            now=timezone.now(),
            evidence=evidence_of(request),
        )
    except NotYours:
        messages.error(request, _("Only an authorised signatory of your enterprise can sign."))
    except CaseMoved:
        messages.info(request, _("The agreement is signed already. The page shows how it is now."))
    except BytesChanged:
        messages.error(
            request, _("The document is not the one that was shown. Nothing was signed; please tell the park.")
        )
    else:
        messages.success(request, _("Signed. The park signs next; you can fill in the application meanwhile."))
        return redirect(drafts.step_url(case, drafts.next_step(CaseFile(case), drafts.AGREEMENT)))
    return redirect("cases:agreement", uid=case.uid)


def _page(request: SignedInRequest, case: Case, form: SignForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    file = CaseFile(case)
    signed = Party.ENTERPRISE in file.signed_by
    page = {
        **drafts.draft_page(file, drafts.AGREEMENT, now),
        "form": form,
        "text": agreements.text_of(case.agreement),
        "document": case.agreement.document,
        "signatures": file.signatures,
        "can_sign": case.is_draft and not signed and is_signatory(request.user, case.enterprise_id),
        "is_signed": signed,
        "signatories": tracking.signatories(case),
    }
    return render(request, "lifecycle/agreement.html", page, status=status)
