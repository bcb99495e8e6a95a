"""The desk's work: the queue, and what can be done with a task."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.api.cases import full as full_case
from lifecycle.api.errors import as_problems
from lifecycle.api.serializers.cases import FullCaseSerializer, SignatureSerializer, SignSerializer
from lifecycle.api.serializers.materials import CorrectionSerializer
from lifecycle.api.serializers.tasks import (
    FinishSerializer,
    FullTaskSerializer,
    HandOverSerializer,
    OptionalNoteSerializer,
    QueueQuery,
    QueueSerializer,
    RejectSerializer,
    ResultSerializer,
    TransferSerializer,
    VerdictsSerializer,
    WhySerializer,
)
from lifecycle.evidence import evidence_of
from lifecycle.models import Case, Task
from lifecycle.permissions import get_task
from lifecycle.selectors.casefile import CaseFile
from lifecycle.selectors.queue import queue
from lifecycle.selectors.queue_lanes import Reader, Wanted
from lifecycle.services import agreements, cases, giving, review, tasks
from park.accounts.api.documentation import operation
from park.accounts.api.parsers import MultipartParser
from park.accounts.models import User
from park.accounts.policies import DESK
from park.deadlines.selectors import clock_view
from park.deadlines.workdays import local_day
from park.team.selectors.decisions import why

TAG = "tasks"
ACTS = (400, 403, 404, 409)


def full(task: Task, now: datetime) -> dict[str, Any]:
    task.view = clock_view(task.clock, now, with_days=True) if task.clock else None  # type: ignore[attr-defined]
    task.colleagues = tasks.colleagues(task, now) if task.is_open else []  # type: ignore[attr-defined]
    return FullTaskSerializer(task).data


class Queue(APIView):
    policy = DESK

    @operation(
        gettext_lazy("List open tasks by due date"),
        tag=TAG,
        operation_id="v1_tasks_list",
        answer=QueueSerializer,
        problems=(400, 403),
        parameters=[QueueQuery],
    )
    def get(self, request: Request) -> Response:
        query = QueueQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = queue(Reader.of(request.user), Wanted(**query.validated_data), timezone.now())
        for row in page.rows:
            row.task.view = row.clock  # type: ignore[attr-defined]
        found = {"next": str(page.next) if page.next else None, "results": [row.task for row in page.rows]}
        return Response(QueueSerializer(found).data)


class OneTask(APIView):
    policy = DESK

    @operation(gettext_lazy("Show a task"), tag=TAG, answer=FullTaskSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(full(get_task(request.user, pk), timezone.now()))


class Act(APIView):
    """One thing done with a task: fetch, shape, one service call, answer."""

    policy = DESK

    def act(
        self, request: Request, pk: int, do: Callable[..., Any], shape: Any = None, **context: Any
    ) -> tuple[Task, Any]:
        task = get_task(request.user, pk)
        given: dict[str, Any] = {}
        if shape is not None:
            asked = CaseFile(task.case).asked_at(task) if issubclass(shape, FinishSerializer) else []
            form = shape(data=request.data, context={"task": task, "questions": asked, **context})
            form.is_valid(raise_exception=True)
            given = form.validated_data
        with as_problems():
            return task, do(task, by=request.user, now=timezone.now(), **given)

    def task(self, request: Request, pk: int, do: Callable[..., Any], shape: Any = None) -> Response:
        task, _done = self.act(request, pk, do, shape)
        return Response(full(get_task(request.user, task.pk), timezone.now()))

    def case(self, request: Request, pk: int, do: Callable[..., Case], shape: Any = None, **context: Any) -> Response:
        _task, case = self.act(request, pk, do, shape, **context)
        return Response(full_case(case))


class Claim(Act):
    @operation(
        gettext_lazy("Take a task in hand"), tag=TAG, request=None, answer=FullTaskSerializer, problems=(403, 404, 409)
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.task(request, pk, tasks.claim_task)


class Sign(Act):
    @operation(
        gettext_lazy("Sign the park agreement for the park"),
        tag=TAG,
        request=SignSerializer,
        answer=SignatureSerializer,
        status=201,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        def sign(task: Task, **given: Any) -> Any:
            return agreements.sign_for_park(task, evidence=evidence_of(request), **given)

        _task, signature = self.act(request, pk, sign, SignSerializer)
        return Response(SignatureSerializer(signature).data, status=201)


class Verdicts(Act):
    @operation(
        gettext_lazy("Keep verdicts on materials"),
        tag=TAG,
        request=VerdictsSerializer,
        answer=FullTaskSerializer,
        problems=ACTS,
        details=gettext_lazy("Nothing is sent to the enterprise; the numbers are those of the case's materials."),
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.task(request, pk, _set_verdicts, VerdictsSerializer)


class Correct(Act):
    @operation(
        gettext_lazy("Send the correction notice"),
        tag=TAG,
        request=None,
        answer=CorrectionSerializer,
        status=201,
        problems=ACTS,
        details=gettext_lazy(
            "Names every material with the verdict “to be corrected”, once. The clocks of the case stand still."
        ),
    )
    def post(self, request: Request, pk: int) -> Response:
        _task, notice = self.act(request, pk, review.issue_correction)
        return Response(CorrectionSerializer(notice).data, status=201)


class Pass(Act):
    @operation(
        gettext_lazy("Accept the materials"),
        tag=TAG,
        request=OptionalNoteSerializer,
        answer=FullCaseSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.case(request, pk, review.pass_review, OptionalNoteSerializer)


class Confirm(Act):
    @operation(
        gettext_lazy("Confirm that a step is done"),
        tag=TAG,
        request=FinishSerializer,
        answer=FullTaskSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.task(request, pk, tasks.confirm_task, FinishSerializer)


class HandOver(Act):
    parser_classes = (MultipartParser,)

    @operation(
        gettext_lazy("Hand a document over, and finish the step with it"),
        tag=TAG,
        request=HandOverSerializer,
        answer=FullTaskSerializer,
        problems=ACTS,
        details=gettext_lazy("For steps whose work is to hand a document over. Both sides see it at once."),
    )
    def post(self, request: Request, pk: int) -> Response:
        def hand_over(task: Task, *, file: Any, **given: Any) -> Any:
            return tasks.hand_document_over(task, file, **given)

        return self.task(request, pk, hand_over, HandOverSerializer)


class WhyAssigned(APIView):
    policy = DESK

    @operation(gettext_lazy("Show why somebody has a task, and who else was looked at"), tag=TAG, answer=WhySerializer)
    def get(self, request: Request, pk: int) -> Response:
        found = why(giving.WORK, get_task(request.user, pk).pk)
        if found is None:
            raise NotFound
        return Response(WhySerializer(found).data)


class Result(Act):
    parser_classes = (MultipartParser,)

    @operation(
        gettext_lazy("Record the licence and hand it over"),
        tag=TAG,
        request=ResultSerializer,
        answer=FullCaseSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        def record(task: Task, *, file: Any, **given: Any) -> Case:
            with transaction.atomic():
                document = tasks.receive_licence(task, file, by=given["by"], now=given["now"])
                return tasks.record_result(task, document=document, **given)

        return self.case(request, pk, record, ResultSerializer, today=local_day(timezone.now()))


class Transfer(Act):
    @operation(
        gettext_lazy("Hand a task over to a colleague"),
        tag=TAG,
        request=TransferSerializer,
        answer=FullTaskSerializer,
        problems=ACTS,
        details=gettext_lazy("The dates that the enterprise was promised stay what they are."),
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.task(request, pk, _transfer, TransferSerializer)


class Reject(Act):
    @operation(
        gettext_lazy("Refuse a case"), tag=TAG, request=RejectSerializer, answer=FullCaseSerializer, problems=ACTS
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.case(request, pk, cases.reject_case, RejectSerializer)


def _set_verdicts(task: Task, *, verdicts: list[dict[str, Any]], by: User, now: datetime) -> None:
    given = {row["material"]: (row["verdict"], row["text"]) for row in verdicts}
    review.set_verdicts(task, given, by=by, now=now)


def _transfer(task: Task, *, to: int, note: str, by: User, now: datetime) -> Task:
    colleague = next((person for person in tasks.colleagues(task, now) if person.pk == to), None)
    if colleague is None:
        raise ValidationError({"to": [_("This is nobody who could take the task over today.")]})
    return tasks.transfer_task(task, to=colleague, note=note, by=by, now=now)
