"""What a row looks like on the wire: made from the contract's tables, so that the two never differ."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt, create_model, model_validator
from pydantic_core import PydanticCustomError

from chot.api.scopes import KINDS
from chot.kpi.schema import SURVEY_RANGES, TABLES, Column, Table

MOST_ROWS = 1000
"""Rows in one bulk request."""

LARGEST = 10**15
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_FIRST, _LAST = 1990, 2100


def printable(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("text_control", "control characters and line breaks are not text of a fact")
    return text


def sane(value: date) -> date:
    if not _FIRST <= value.year <= _LAST:
        raise PydanticCustomError("year_range", "the year must lie between 1990 and 2100")
    return value


def instant(value: datetime) -> datetime:
    """The moment in UTC: a database knows no offsets beyond half a day."""
    return cast(datetime, sane(value)).astimezone(UTC)


_Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$", examples=["A-1001"]), AfterValidator(printable)]
_Text = Annotated[str, Field(max_length=200), AfterValidator(printable)]
_Time = Annotated[AwareDatetime, Field(description="With an offset: 2026-11-28T09:30:00+07:00"), AfterValidator(instant)]
_Day = Annotated[date, AfterValidator(sane)]


def _type_of(column: Column) -> Any:
    if column.type == "id":
        return _Id
    if column.type == "text":
        return _Text
    if column.type == "int":
        low = -LARGEST if column.low is None else column.low
        return Annotated[StrictInt, Field(ge=low, le=column.high if column.high is not None else LARGEST)]
    if column.type == "enum":
        return Literal[column.values]
    return {"bool": StrictBool, "time": _Time, "date": _Day}[column.type]


class Row(BaseModel):
    """What all rows share."""

    model_config = ConfigDict(extra="forbid")


def _consistent(table: Table) -> Any:
    def check(row: Any) -> Any:
        for start, end in table.order:
            first, second = getattr(row, start), getattr(row, end)
            if first is not None and second is not None and second < first:
                raise PydanticCustomError("order", "{end} lies before {start}", {"start": start, "end": end})
        if len(table.moment) > 1 and all(getattr(row, name) is None for name in table.moment):
            raise PydanticCustomError("moment", "one of {moments} must be given", {"moments": ", ".join(table.moment)})
        if table.name == "surveys" and row.kind is not None and row.score is not None:
            low, high = SURVEY_RANGES[row.kind]
            if not low <= row.score <= high:
                said = {"kind": row.kind, "low": low, "high": high}
                raise PydanticCustomError("range", "a {kind} score lies between {low} and {high}", said)
        return row

    return model_validator(mode="after")(check)


def _shape(table: Table, *, without: tuple[str, ...], name: str) -> type[Row]:
    fields: dict[str, Any] = {}
    for column in table.columns:
        if column.name in without:
            continue
        kind = _type_of(column)
        fields[column.name] = (kind, ...) if column.required else (kind | None, None)
    return create_model(name, __base__=Row, __validators__={"consistent": _consistent(table)}, **fields)


ROWS: dict[str, type[Row]] = {kind: _shape(TABLES[kind], without=(), name=f"{kind.capitalize()}Row") for kind in KINDS}
"""A whole row, with its key."""

BODIES: dict[str, type[Row]] = {
    kind: _shape(TABLES[kind], without=TABLES[kind].key, name=f"{kind.capitalize()}Body") for kind in KINDS
}
"""A row whose key stands in the address."""


class Problem(BaseModel):
    """What is wrong, where, and what to do."""

    field: str = Field("", description="The field or row that the problem is about")
    what: str
    fix: str = ""


class Problems(BaseModel):
    """Every problem of a request, all at once."""

    problems: list[Problem]


class Written(BaseModel):
    """What became of one row: ``created``, ``changed``, or ``unchanged`` when the same row was there already."""

    id: str
    result: Literal["created", "changed", "unchanged"]


class BulkLine(BaseModel):
    """What became of one row of a bulk request, in the order of the rows."""

    id: str
    result: Literal["created", "changed", "unchanged", "rejected"]
    problems: list[Problem] = []


class BulkAnswer(BaseModel):
    """The rows of a bulk request, and how many there are of each result. Rows without a problem are written, the others not."""

    created: int
    changed: int
    unchanged: int
    rejected: int
    rows: list[BulkLine]


def bulk_shape(kind: str) -> type[BaseModel]:
    """A bulk request: rows are checked one by one, so that one bad row does not stop the others."""
    row = ROWS[kind]
    schema = row.model_json_schema()
    rows = Annotated[
        list[dict[str, Any]], Field(min_length=1, max_length=MOST_ROWS, json_schema_extra={"items": schema})
    ]
    return create_model(f"{kind.capitalize()}Bulk", __config__=ConfigDict(extra="forbid"), rows=(rows, ...))


class Mark(BaseModel):
    """Where the next page begins: send both as they are."""

    since: str = Field(description="A moment to the microsecond")
    since_id: int


def page_shape(kind: str) -> type[BaseModel]:
    """One page of rows, in the order in which they were last written; ``next`` continues, null = the end."""
    return create_model(f"{kind.capitalize()}Page", rows=(list[ROWS[kind]], ...), next=(Mark | None, None))  # type: ignore[valid-type]
