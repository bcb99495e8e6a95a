"""Products and purchases, and introductions, for both of their sides and for the park."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.api.problems import Conflict
from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.permissions import get_enterprise
from park.accounts.policies import ENTERPRISE, PARK, Policy
from park.team.models import Specialist
from profiles import pairing
from profiles.enums import Direction, IntroductionState, Outcome
from profiles.items import is_industry
from profiles.models import Introduction, SupplyItem
from profiles.permissions.supply import (
    can_introduce,
    get_introduction,
    get_item,
    side_of,
    visible_introductions,
    visible_items,
)
from profiles.selectors import supply as selectors
from profiles.services import supply

TAG = "supply"
ENTERPRISE_AND_PARK = Policy("enterprise and park", frozenset({Role.ENTERPRISE, Role.SPECIALIST, Role.MANAGER}))
ACTS = (400, 403, 404, 409)


@contextmanager
def as_problems() -> Iterator[None]:
    """409 for what has moved on or is there already, 403 for what is somebody else's, 400 for what does not fit."""
    try:
        yield
    except (supply.ItemMoved, supply.IntroductionMoved) as error:
        raise Conflict from error
    except supply.AlreadyEntered as error:
        raise Conflict(_("The same is entered already. Change that entry, or say what is different.")) from error
    except supply.ItemInUse as error:
        text = _("An introduction speaks of these words and this industry. End the entry and make a new one instead.")
        raise Conflict(text) from error
    except supply.AlreadyIntroduced as error:
        raise Conflict(_("These two have been proposed to each other before.")) from error
    except supply.NotFitting as error:
        text = _("A purchase and a product of two different enterprises are needed, neither of them ended.")
        raise ValidationError({"offer": [text]}) from error
    except (supply.NotYours, Specialist.DoesNotExist) as error:
        raise PermissionDenied from error


class SupplyItemSerializer(serializers.ModelSerializer[SupplyItem]):
    enterprise = serializers.CharField(source="enterprise.name")
    direction = serializers.ChoiceField(Direction.choices)

    class Meta:
        model = SupplyItem
        fields = ["id", "enterprise", "direction", "industry_code", "text", "wants_local", "is_shown", "created_at"]
        fields += ["ended_at"]
        read_only_fields = fields


class ItemWordsSerializer(serializers.Serializer[Any]):
    industry_code = serializers.CharField(max_length=4, help_text=gettext_lazy("GB/T 4754, two to four digits"))
    text = serializers.CharField(max_length=300)
    wants_local = serializers.BooleanField(
        default=False, help_text=gettext_lazy("Only for what is bought. The park then looks for makers next door.")
    )
    is_shown = serializers.BooleanField(
        default=True, help_text=gettext_lazy("Otherwise they see the industry alone until both sides agree to meet.")
    )

    def validate_industry_code(self, value: str) -> str:
        if not is_industry(value):
            raise ValidationError(_("Please enter two to four digits of GB/T 4754, for example 34."))
        return value


class NewItemSerializer(ItemWordsSerializer):
    direction = serializers.ChoiceField(Direction.choices)


class PairSerializer(serializers.Serializer[Any]):
    want = serializers.IntegerField(help_text=gettext_lazy("Number of a purchase"))
    offer = serializers.IntegerField(help_text=gettext_lazy("Number of a product"))


class ConcludeSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(Outcome.choices)
    saving_percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=-100, max_value=100, required=False, allow_null=True, default=None
    )
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["saving_percent"] is not None and attrs["outcome"] != Outcome.BUSINESS:
            raise ValidationError({"saving_percent": [_("Without business there is no saving: leave this empty.")]})
        return attrs


class ContactSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    position = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()


class IntroductionSerializer(serializers.Serializer[Any]):
    """An introduction as one of its sides sees it, or as the park does; what the reader may not know is empty."""

    id = serializers.IntegerField(source="pk")
    state = serializers.ChoiceField(IntroductionState.choices)
    side = serializers.ChoiceField(
        Direction.choices, allow_null=True, help_text=gettext_lazy("Which side the reader is; null for the park")
    )
    buyer = serializers.CharField(help_text=gettext_lazy("Empty until both sides have agreed"))
    maker = serializers.CharField(help_text=gettext_lazy("Empty until both sides have agreed"))
    want = serializers.CharField()
    want_industry = serializers.CharField()
    offer = serializers.CharField()
    offer_industry = serializers.CharField()
    contact = ContactSerializer(allow_null=True, help_text=gettext_lazy("Of the other side, once both have agreed"))
    reasons = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("For the park alone"))
    proposed_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("For the park alone"))
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text=gettext_lazy("When it ends, unless both sides have answered by then")
    )
    closed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    saving_percent = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)


def as_seen(found: list[Introduction], user: User) -> list[dict[str, Any]]:
    """Each as this reader may see it."""
    if user.role != Role.ENTERPRISE:
        return [_of_park(one) for one in found]
    return [_of_side(one) for one in selectors.own_introductions(found, selectors.own_enterprises(user))]


def one_seen(pk: int, user: User) -> dict[str, Any]:
    [seen] = as_seen([get_introduction(user, pk)], user)
    return IntroductionSerializer(seen).data


def _of_park(one: Introduction) -> dict[str, Any]:
    return {
        **_always(one),
        "side": None,
        "buyer": one.want.enterprise.name,
        "maker": one.offer.enterprise.name,
        "want": one.want.text,
        "want_industry": one.want.industry_code,
        "offer": one.offer.text,
        "offer_industry": one.offer.industry_code,
        "contact": None,
        "reasons": pairing.told(one.reasons),
        "due_at": one.clock.due_at if one.clock else None,
    }


def _of_side(one: selectors.OwnIntroduction) -> dict[str, Any]:
    own = {"text": one.own.text, "industry": one.own.industry_code, "name": one.own.enterprise.name}
    other = {"text": one.other.text, "industry": one.other.industry_code, "name": one.other.name}
    want, offer = (own, other) if one.side == Direction.BUYS else (other, own)
    return {
        **_always(one),
        "side": one.side,
        "buyer": want["name"],
        "maker": offer["name"],
        "want": want["text"],
        "want_industry": want["industry"],
        "offer": offer["text"],
        "offer_industry": offer["industry"],
        "contact": one.other.contact,
        "reasons": [],
        "due_at": None,
    }


def _always(one: Any) -> dict[str, Any]:
    names = ("pk", "state", "proposed_at", "expires_at", "closed_at", "outcome", "saving_percent")
    return {name: getattr(one, name) for name in names}


class ItemFilter(django_filters.FilterSet):
    direction = django_filters.ChoiceFilter(choices=Direction.choices, label=gettext_lazy("Makes or buys"))

    class Meta:
        model = SupplyItem
        fields = ["direction"]


class SupplyItems(generics.GenericAPIView[SupplyItem]):
    policy = ENTERPRISE_AND_PARK
    serializer_class = SupplyItemSerializer
    filterset_class = ItemFilter
    queryset = SupplyItem.objects.none()

    def get_queryset(self) -> QuerySet[SupplyItem]:
        if getattr(self, "swagger_fake_view", False):
            return SupplyItem.objects.none()
        return visible_items(self.request.user).filter(ended_at__isnull=True)

    @operation(
        gettext_lazy("List what enterprises make and buy"),
        tag=TAG,
        answer=SupplyItemSerializer(many=True),
        problems=(400, 403),
        details=gettext_lazy("An enterprise gets its own alone."),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(SupplyItemSerializer(page, many=True).data)

    @operation(
        gettext_lazy("Enter what your enterprise makes or buys"),
        tag=TAG,
        request=NewItemSerializer,
        answer=SupplyItemSerializer,
        status=201,
        problems=ACTS,
    )
    def post(self, request: Request) -> Response:
        if request.user.role != Role.ENTERPRISE:
            raise PermissionDenied(_("This is for an enterprise itself."))
        form = NewItemSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        enterprise = get_enterprise(request.user)
        with as_problems():
            item = supply.add_item(enterprise=enterprise, by=request.user, now=timezone.now(), **form.validated_data)
        return Response(SupplyItemSerializer(item).data, status=201)


class OneItem(APIView):
    policy = ENTERPRISE_AND_PARK

    @operation(
        gettext_lazy("Change a product or purchase"),
        tag=TAG,
        request=ItemWordsSerializer(partial=True),
        answer=SupplyItemSerializer,
        problems=ACTS,
    )
    def patch(self, request: Request, pk: int) -> Response:
        item = get_item(request.user, pk)
        form = ItemWordsSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        names = ("industry_code", "text", "wants_local", "is_shown")
        words = {name: getattr(item, name) for name in names} | form.validated_data
        with as_problems():
            supply.change_item(item, by=request.user, now=timezone.now(), **words)
        return Response(SupplyItemSerializer(get_item(request.user, pk)).data)


class EndItem(APIView):
    policy = ENTERPRISE_AND_PARK

    @operation(
        gettext_lazy("End a product or purchase"), tag=TAG, request=None, answer=SupplyItemSerializer, problems=ACTS
    )
    def post(self, request: Request, pk: int) -> Response:
        item = get_item(request.user, pk)
        with as_problems():
            supply.end_item(item, by=request.user, now=timezone.now())
        return Response(SupplyItemSerializer(get_item(request.user, pk)).data)


class IntroductionFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=IntroductionState.choices, label=gettext_lazy("State"))

    class Meta:
        model = Introduction
        fields = ["state"]


class Introductions(generics.GenericAPIView[Introduction]):
    policy = ENTERPRISE_AND_PARK
    serializer_class = IntroductionSerializer
    filterset_class = IntroductionFilter
    queryset = Introduction.objects.none()

    def get_queryset(self) -> QuerySet[Introduction]:
        if getattr(self, "swagger_fake_view", False):
            return Introduction.objects.none()
        return visible_introductions(self.request.user)

    @operation(
        gettext_lazy("List introductions"),
        tag=TAG,
        answer=IntroductionSerializer(many=True),
        problems=(400, 403),
        details=gettext_lazy("An enterprise gets its own; nothing tells it who the other side is before both agreed."),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        seen = as_seen(list(page or []), request.user)
        return self.get_paginated_response(IntroductionSerializer(seen, many=True).data)

    @operation(
        gettext_lazy("Propose an introduction"),
        tag=TAG,
        request=PairSerializer,
        answer=IntroductionSerializer,
        status=201,
        problems=ACTS,
        details=gettext_lazy("By a specialist of the park; both sides are asked."),
    )
    def post(self, request: Request) -> Response:
        if not can_introduce(request.user):
            raise PermissionDenied(_("Specialists of the park propose introductions."))
        form = PairSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        want, offer = (get_item(request.user, form.validated_data[name]) for name in ("want", "offer"))
        with as_problems():
            made = supply.propose_introduction(want=want, offer=offer, by=request.user, now=timezone.now())
        return Response(one_seen(made.pk, request.user), status=201)


class OneIntroduction(APIView):
    policy = ENTERPRISE_AND_PARK

    @operation(gettext_lazy("Show an introduction"), tag=TAG, answer=IntroductionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(one_seen(pk, request.user))


class Answer(APIView):
    """One side's answer."""

    policy = ENTERPRISE

    def answer(self, request: Request, pk: int, act: Callable[..., Any]) -> Response:
        found = get_introduction(request.user, pk)
        with as_problems():
            act(found, side=side_of(request.user, found), by=request.user, now=timezone.now())
        return Response(one_seen(pk, request.user))


class Agree(Answer):
    @operation(
        gettext_lazy("Agree to an introduction"), tag=TAG, request=None, answer=IntroductionSerializer, problems=ACTS
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.answer(request, pk, supply.agree)


class Decline(Answer):
    @operation(
        gettext_lazy("Decline an introduction"), tag=TAG, request=None, answer=IntroductionSerializer, problems=ACTS
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.answer(request, pk, supply.decline)


class AskAgain(APIView):
    policy = PARK

    @operation(
        gettext_lazy("Ask the sides again that have not answered"),
        tag=TAG,
        request=None,
        answer=IntroductionSerializer,
        problems=ACTS,
        details=gettext_lazy("Follows up a proposal: its clock stops. Possible once."),
    )
    def post(self, request: Request, pk: int) -> Response:
        found = get_introduction(request.user, pk)
        with as_problems():
            supply.ask_again(found, by=request.user, now=timezone.now())
        return Response(one_seen(pk, request.user))


class Conclude(APIView):
    policy = PARK

    @operation(
        gettext_lazy("Record what came of an introduction"),
        tag=TAG,
        request=ConcludeSerializer,
        answer=IntroductionSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        found = get_introduction(request.user, pk)
        form = ConcludeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with as_problems():
            supply.conclude_introduction(found, by=request.user, now=timezone.now(), **form.validated_data)
        return Response(one_seen(pk, request.user))
