"""What people of the desk keep for their own work: watched cases, views of the queue; and notes for colleagues."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.api.serializers.cases import CaseSerializer
from lifecycle.api.serializers.tasks import SavedFilterSerializer
from lifecycle.models import Case, InternalNote, SavedFilter
from lifecycle.permissions import get_case, get_saved_filter, visible_cases
from lifecycle.selectors.queue_lanes import Scope, Wanted
from lifecycle.services import watching
from lifecycle.services.notes import write_note
from park.accounts.api.documentation import operation
from park.accounts.policies import DESK


class InternalNoteSerializer(serializers.ModelSerializer[InternalNote]):
    author = serializers.CharField(source="author.name", read_only=True)
    body = serializers.CharField(max_length=2000)

    class Meta:
        model = InternalNote
        fields = ["id", "author", "body", "created_at"]
        read_only_fields = ["id", "created_at"]


class WatchedCases(generics.GenericAPIView[Case]):
    policy = DESK
    serializer_class = CaseSerializer
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        if getattr(self, "swagger_fake_view", False):
            return Case.objects.none()
        return visible_cases(self.request.user).filter(watches__user=self.request.user.pk)

    @operation(
        gettext_lazy("List the cases that you watch"),
        tag="cases",
        operation_id="v1_cases_watched",
        answer=CaseSerializer(many=True),
        problems=(403,),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(CaseSerializer(page, many=True).data)


class WatchCase(APIView):
    policy = DESK

    @operation(gettext_lazy("Watch a case: you are told when it moves"), tag="cases", request=None, status=204)
    def post(self, request: Request, uid: str) -> Response:
        watching.watch_case(get_case(request.user, uid), by=request.user, now=timezone.now())
        return Response(status=204)

    @operation(gettext_lazy("Watch a case no longer"), tag="cases", request=None, status=204)
    def delete(self, request: Request, uid: str) -> Response:
        watching.unwatch_case(get_case(request.user, uid), by=request.user)
        return Response(status=204)


class Notes(generics.GenericAPIView[InternalNote]):
    policy = DESK
    serializer_class = InternalNoteSerializer
    queryset = InternalNote.objects.none()

    @operation(
        gettext_lazy("List the notes for colleagues on a case"), tag="cases", answer=InternalNoteSerializer(many=True)
    )
    def get(self, request: Request, uid: str) -> Response:
        page = self.paginate_queryset(get_case(request.user, uid).internal_notes.select_related("author"))
        return self.get_paginated_response(InternalNoteSerializer(page, many=True).data)

    @operation(
        gettext_lazy("Write a note for colleagues on a case"),
        tag="cases",
        request=InternalNoteSerializer,
        answer=InternalNoteSerializer,
        status=201,
        problems=(400, 403, 404),
        details=gettext_lazy("The enterprise never sees it."),
    )
    def post(self, request: Request, uid: str) -> Response:
        case = get_case(request.user, uid)
        form = InternalNoteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        note = write_note(case, by=request.user, now=timezone.now(), **form.validated_data)
        return Response(InternalNoteSerializer(note).data, status=201)


class SavedFilters(APIView):
    policy = DESK

    @operation(
        gettext_lazy("List the views of the queue that you keep"),
        tag="tasks",
        answer=SavedFilterSerializer(many=True),
        problems=(403,),
    )
    def get(self, request: Request) -> Response:
        kept = SavedFilter.objects.filter(user=request.user.pk)
        return Response(SavedFilterSerializer(kept, many=True).data)

    @operation(
        gettext_lazy("Keep a view of the queue under a name"),
        tag="tasks",
        request=SavedFilterSerializer,
        answer=SavedFilterSerializer,
        problems=(400, 403),
        details=gettext_lazy("The same name again means the new view instead."),
    )
    def post(self, request: Request) -> Response:
        form = SavedFilterSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(form.validated_data)
        name, scope = given.pop("name"), Scope(given.pop("scope"))
        try:
            kept = watching.save_filter(Wanted(scope, **given), name=name, by=request.user, now=timezone.now())
        except watching.TooMany as error:
            text = _("You keep %(n)s views already: please remove one first.") % {"n": watching.MOST_FILTERS}
            raise serializers.ValidationError({"name": [text]}) from error
        return Response(SavedFilterSerializer(kept).data)


class OneSavedFilter(APIView):
    policy = DESK

    @operation(gettext_lazy("Remove a view of the queue"), tag="tasks", request=None, status=204)
    def delete(self, request: Request, pk: int) -> Response:
        watching.drop_filter(get_saved_filter(request.user, pk))
        return Response(status=204)
