"""What the phone in the page asks of the server: its account, calls, wishes for a call, and the stream of what changes."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chot.calls import live, queries_places
from chot.calls.actions_calls import WISHES, ask
from chot.calls.actions_desk_phones import use_desk_phone
from chot.calls.actions_dial import place_call
from chot.calls.actions_outcomes import finish_callback
from chot.calls.actions_phones import give_phone, tell_exchanges
from chot.calls.models import Callback
from chot.calls.queries_desk import desk_state, dial_outcome, takes_part
from chot.calls.queries_exchange import forget_address, phones_address
from chot.calls.queries_phones import desk_phone_used
from chot.charges.refusals import purpose_of
from chot.core.errors import InputError
from chot.customers.models import Customer, CustomerPhone
from chot.customers.queries import customer_of
from chot.people.masking import holder_of
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed, is_agent


@allowed(is_agent)
@never_cache
@require_POST
def phone(request: HttpRequest) -> HttpResponse:
    """The account of the agent's phone for this sign-in, and where it registers; none for who is called at a desk phone."""
    assert isinstance(request.user, User)
    forget_address()
    if desk_phone_used(request.user.agent_id):
        tell_exchanges()
        return JsonResponse({"ear": "desk", "exchange": phones_address()})
    try:
        given = give_phone(request.user, request.session.session_key or "")
    except InputError as error:
        return _problem(error)
    answer = {"name": given.name, "password": given.password, "exchange": phones_address()}
    return JsonResponse(answer)


@allowed(is_agent)
@never_cache
@require_POST
def ear(request: HttpRequest) -> HttpResponse:
    """Where the agent is called from now on: at the desk phone, or in the browser."""
    assert isinstance(request.user, User)
    try:
        use_desk_phone(request.user.agent_id, used=request.POST.get("ear") == "desk")
    except InputError as error:
        return _problem(error)
    return JsonResponse({})


@allowed(is_agent)
@never_cache
@require_POST
def dial(request: HttpRequest) -> HttpResponse:
    """Call a number that is given, or that of something on the page, which the page itself need not know."""
    assert isinstance(request.user, User)
    asked = request.POST
    number, customer, callback = asked.get("number", ""), None, None
    if asked.get("callback"):
        callback = _callback(request.user, asked["callback"])
        number, customer = callback.number, customer_of(callback.customer_id)
    elif asked.get("phone_id"):
        number, customer = _customer_phone(asked["phone_id"])
    elif asked.get("kind"):
        number = _held(request.user, asked["kind"], asked.get("subject", ""))
    try:
        campaign = callback.campaign_id if callback else asked.get("campaign", "")
        purpose = purpose_of(asked.get("purpose", ""), campaign)
        more = {"key": asked.get("key", ""), "campaign_id": campaign, "purpose": purpose, "address": address_of(request)}
        call_id = place_call(request.user, number, customer=customer, **more)  # type: ignore[arg-type]
    except InputError as error:
        return _problem(error)
    if callback:
        finish_callback(callback.pk, request.user, call_id=call_id)
    return JsonResponse({"call": call_id})


def _callback(user: User, pk: str) -> Callback:
    row = Callback.objects.filter(pk=int(pk) if pk.isdigit() else 0, agent_id=user.agent_id, done_at=None).first()
    if row is None:
        raise Http404
    return row


def _customer_phone(pk: str) -> tuple[str, Customer]:
    row = CustomerPhone.objects.select_related("customer").filter(pk=int(pk) if pk.isdigit() else 0, customer__erased_at=None).first()
    if row is None:
        raise Http404
    return row.phone, row.customer


def _held(user: User, kind: str, subject: str) -> str:
    """The number that another app holds, for whom it lets see it."""
    holder = holder_of(kind)
    if holder is None:
        raise Http404
    if not holder.may_see(user, subject):
        raise PermissionDenied
    return holder.find(subject) or ""


@allowed(is_agent)
@never_cache
@require_GET
def placed(request: HttpRequest, call_id: str) -> HttpResponse:
    """What became of the wish to call."""
    assert isinstance(request.user, User)
    return JsonResponse({"outcome": dial_outcome(call_id, request.user.agent_id)})


@allowed(is_agent)
@never_cache
@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """Where a call can be handed to now, of what was typed."""
    assert isinstance(request.user, User)
    return JsonResponse({"places": queries_places.places(request.user, request.GET.get("q", ""))})


@allowed(is_agent)
@never_cache
@require_POST
def wish(request: HttpRequest, call_id: str, wish: str) -> HttpResponse:
    """Hold, transfer, confer, hang up …: for a call in which the agent takes part."""
    assert isinstance(request.user, User)
    if wish not in WISHES:
        raise Http404
    if not takes_part(request.user.agent_id, call_id):
        raise PermissionDenied
    try:
        asked = request.POST
        ask(request.user, call_id, wish, to=asked.get("to", ""), key=asked.get("key", ""), address=address_of(request))
    except InputError as error:
        return _problem(error)
    return JsonResponse({})


@allowed(is_agent)
@require_GET
def stream(request: HttpRequest) -> HttpResponseBase:
    """The desk's state as server-sent events; once, as JSON, for whoever does not ask for a stream."""
    assert isinstance(request.user, User)
    if "text/event-stream" not in request.headers.get("Accept", ""):
        return JsonResponse(desk_state(request.user), headers={"Cache-Control": "no-store"})
    if live.windows.full(request.user):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    content = live.stream(request.user, request.session.session_key or "", translation.get_language() or "vi")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(content, content_type="text/event-stream", headers=headers)


def _problem(error: InputError) -> HttpResponse:
    return JsonResponse({"problem": " ".join(str(each) if each.fix else f"{each.what}." for each in error.problems)}, status=422)
