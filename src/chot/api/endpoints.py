"""The API: the same five addresses for every kind of facts, made from the contract's tables. Documented by its own OpenAPI document."""
# no `from __future__ import annotations`: ninja reads the types of functions made in a loop

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Header, NinjaAPI, Path, Query, Router, Status
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as BodyError
from pydantic import AfterValidator, AwareDatetime, ValidationError

from chot.api import queries_rows as queries
from chot.api.actions_rows import Key, Outcome, delete_row, once, write_rows, written
from chot.api.refusals import Refused
from chot.api.scopes import CORRECT, KINDS
from chot.api.shapes import BODIES, ROWS, BulkAnswer, Problems, Written, bulk_shape, instant, page_shape, printable, sane
from chot.api.tokens import Token, client_of
from chot.kpi.schema import TABLES
from chot.people.origin import address_of

MOST = 500
_Id = Annotated[str, Path(min_length=1, max_length=64), AfterValidator(printable)]
_Day = Annotated[date, Path(), AfterValidator(sane)]
_Since = Annotated[AwareDatetime, AfterValidator(instant)]
_Limit = Annotated[int, Query(ge=1, le=MOST)]
_Number = Annotated[int, Query(ge=0, lt=2**63)]
_KEY: Any = Header(  # type: ignore[type-arg]
    "", alias="Idempotency-Key", max_length=80, pattern=r"^[!-~]*$",
    description="The same key again answers the same and writes nothing more.",
)
_REFUSALS: dict[int, Any] = {400: Problems, 401: Problems, 403: Problems, 422: Problems, 429: Problems}

api = NinjaAPI(
    title="Chốt", version="1", urls_namespace="api", docs_url=None,
    description="Facts from other systems: orders, leads, tickets, surveys, exams, workdays. Times carry an offset, money is whole đồng.",
)  # fmt: skip


def _refuse(request: HttpRequest, status: int, *problems: Mapping[str, str]) -> HttpResponse:
    answer = api.create_response(request, {"problems": list(problems)}, status=status)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    if status == 429:
        answer["Retry-After"] = "60"
    return answer


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _refuse(request, error.status, error.problem)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    fix = "Send the header Authorization: Bearer TOKEN; an administrator makes tokens."
    return _refuse(request, 401, {"field": "Authorization", "what": "no valid token", "fix": fix})


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _refuse(request, error.status_code, {"field": "", "what": str(error), "fix": "Send JSON in UTF-8."})


@api.exception_handler(BodyError)
def _invalid(request: HttpRequest, error: BodyError) -> HttpResponse:
    return _refuse(request, 422, *(_problem(each) for each in error.errors))


def _problem(error: Mapping[str, Any]) -> dict[str, str]:
    place = [str(part) for part in error["loc"] if part not in ("body", "path", "query", "header", "given")]
    return {"field": ".".join(place), "what": str(error["msg"]), "fix": ""}


def _correcting(request: HttpRequest, correct: Literal["true", "false"]) -> bool:
    if correct == "true" and CORRECT not in client_of(request).scopes:
        raise Refused(403, f"corrections need the scope {CORRECT}", field="correct", fix="Ask the administrator for a token with it.")
    return correct == "true"


def _put(request: HttpRequest, kind: str, key: Key, body: Any, correct: Literal["true", "false"], again: str) -> tuple[int, Any]:
    client, correcting = client_of(request), _correcting(request, correct)
    row = {**dict(zip(TABLES[kind].key, key, strict=True)), **body.model_dump()}

    def act() -> tuple[int, Any]:
        outcome = write_rows(client, kind, [row], correct=correcting, address=address_of(request))[0]
        if outcome.result == "rejected":
            return 409, {"problems": outcome.problems}
        return 201 if outcome.result == "created" else 200, {"id": written(key), "result": outcome.result}

    return once(client, again, {"put": kind, "row": row, "correct": correct}, act)


def _bulk(request: HttpRequest, kind: str, rows: list[dict[str, Any]], correct: Literal["true", "false"], again: str) -> tuple[int, Any]:
    client, correcting = client_of(request), _correcting(request, correct)

    def act() -> tuple[int, Any]:
        good: list[dict[str, Any]] = []
        lines: list[dict[str, Any] | None] = []
        for row in rows:
            try:
                good.append(ROWS[kind].model_validate(row).model_dump())
                lines.append(None)
            except ValidationError as error:
                problems = [_problem(each) for each in error.errors(include_url=False)]
                lines.append({"id": _named(kind, row), "result": "rejected", "problems": problems})
        done = iter(write_rows(client, kind, good, correct=correcting, address=address_of(request)))
        answer = [line or _line(next(done)) for line in lines]
        counts = {result: sum(line["result"] == result for line in answer) for result in ("created", "changed", "unchanged", "rejected")}
        return 200, {**counts, "rows": answer}

    return once(client, again, {"bulk": kind, "rows": rows, "correct": correct}, act)


def _line(outcome: Outcome) -> dict[str, Any]:
    return {"id": written(outcome.key), "result": outcome.result, "problems": outcome.problems}


def _named(kind: str, row: Mapping[str, Any]) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "?", written(tuple(row.get(name, "") for name in TABLES[kind].key)))[:200]


def _keyed(kind: str, name: str, act: Any) -> Any:
    """The function with the key of the kind in its address."""
    if kind == "workdays":

        def by_day(request: HttpRequest, agent_id: _Id, day: _Day) -> Any:
            return act(request, (agent_id, day))

        by_day.__name__ = name
        return by_day

    def by_id(request: HttpRequest, row_id: _Id) -> Any:
        return act(request, (row_id,))

    by_id.__name__ = name
    return by_id


def _routes(kind: str) -> Router:
    """The addresses of one kind of facts."""
    router = Router(tags=[kind])
    place = "/{agent_id}/{day}" if kind == "workdays" else "/{row_id}"
    body, bulk, pages, row = BODIES[kind], bulk_shape(kind), page_shape(kind), ROWS[kind]
    read, write, correct = Token(f"{kind}:read"), Token(f"{kind}:write"), Token(CORRECT)

    @router.get("", auth=read, response={200: pages, **_REFUSALS}, operation_id=f"list_{kind}", summary=f"Pages of {kind} as last written")
    def list_rows(request: HttpRequest, since: _Since | None = None, since_id: _Number = 0, limit: _Limit = 100) -> Any:
        found, mark = queries.page(kind, since=since, since_id=since_id, limit=limit)
        return Status(200, {"rows": found, "next": mark})

    sent = {200: BulkAnswer, **_REFUSALS}

    @router.post("/bulk", auth=write, response=sent, operation_id=f"send_{kind}", summary=f"Send many {kind} at once")
    def send_rows(request: HttpRequest, given: bulk, correct: Literal["true", "false"] = "false", again: str = _KEY) -> Any:  # type: ignore[valid-type]
        return Status(*_bulk(request, kind, given.rows, correct, again))  # type: ignore[attr-defined]

    def take_back(request: HttpRequest, key: Key) -> Any:
        if not delete_row(client_of(request), kind, key, address=address_of(request)):
            raise Refused(404, "there is no such row")
        return Status(204, None)

    answers = {**_REFUSALS, 404: Problems}
    router.get(place, auth=read, response={200: row, **answers}, operation_id=f"get_{kind}", summary="One row")(
        _keyed(kind, "get_row", lambda request, key: Status(200, queries.one(kind, key)))
    )
    router.delete(place, auth=correct, response={204: None, **answers}, operation_id=f"delete_{kind}", summary="Take a row back")(
        _keyed(kind, "delete_row", take_back)
    )
    answers = {200: Written, 201: Written, 409: Problems, **_REFUSALS}
    summary = "Create a row, or replace it by a newer one"
    named: dict[str, Any] = {"auth": write, "response": answers, "operation_id": f"put_{kind}", "summary": summary}
    if kind == "workdays":

        @router.put(place, **named)
        def put_day(
            request: HttpRequest, agent_id: _Id, day: _Day, given: body, correct: Literal["true", "false"] = "false", again: str = _KEY  # type: ignore[valid-type]
        ) -> Any:
            return Status(*_put(request, kind, (agent_id, day), given, correct, again))

    else:

        @router.put(place, **named)
        def put_row(request: HttpRequest, row_id: _Id, given: body, correct: Literal["true", "false"] = "false", again: str = _KEY) -> Any:  # type: ignore[valid-type]
            return Status(*_put(request, kind, (row_id,), given, correct, again))

    return router


for _kind in KINDS:
    api.add_router(f"/{_kind}", _routes(_kind))


def addresses() -> list[Any]:
    """The URL patterns, each marked as deciding by token who may use it."""
    patterns, _app, _namespace = api.urls
    for pattern in patterns:
        pattern.callback.public = True  # type: ignore[union-attr]
    return list(patterns)
