"""Every address that gives a file counts: a new export that forgets ``@limited("export")`` fails here."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from chot.people import rates
from chot.people.models import RateCount

_GIVES = ("FileResponse", "as_attachment", "csv_response", "xlsx_response")
_FILE_WORDS = ("export", "download", ".csv", ".xlsx", ".pdf", ".zip", "/file", "/paper")


def _patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each, each.namespace or space)
        else:
            yield f"{space}:{each.name}", each


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


def _reached(view: Callable[..., Any]) -> Iterator[tuple[FunctionType, CodeType]]:
    """The view's own function, and every function of this project that it can call by a name of a module."""
    todo: list[Any] = [inspect.unwrap(view)]
    seen = set()
    while todo:
        function = inspect.unwrap(todo.pop())
        if isinstance(function, MethodType):
            function = function.__func__
        if not isinstance(function, FunctionType) or function in seen or not (function.__module__ or "").startswith("chot."):
            continue
        seen.add(function)
        for code in _codes(function.__code__):
            yield function, code
            named = [function.__globals__.get(name) for name in code.co_names]
            modules = [each for each in named if isinstance(each, ModuleType) and each.__name__.startswith("chot.")]
            named += [getattr(module, name, None) for module in modules for name in code.co_names]
            todo += [each for each in named if callable(each)]


def _gives_a_file(view: Callable[..., Any]) -> bool:
    for _function, code in _reached(view):
        words = [*code.co_names, *(part for const in code.co_consts for part in (const if isinstance(const, tuple) else (const,)))]
        if any(word in _GIVES or (isinstance(word, str) and "attachment; filename" in word) for word in words):
            return True
    return False


VIEWS = {name: each for name, each in _patterns(get_resolver()) if (inspect.unwrap(each.callback).__module__ or "").startswith("chot.")}
FILES = sorted(name for name, each in VIEWS.items() if _gives_a_file(each.callback))


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_limited(name: str) -> None:
    assert getattr(VIEWS[name].callback, "limit", "") == "export", f'{name} gives a file without @limited("export")'


def test_files_are_found_by_what_a_view_can_do() -> None:
    """The reading above finds them: those whose address says it, and those that are a page as well."""
    said = {name for name, each in VIEWS.items() if any(word in f"/{each.pattern}" for word in _FILE_WORDS)}
    assert len(said) > 8 and said - set(FILES) == set()
    assert {"pay:mine", "pay:slip_pdf", "performance:team", "performance:plan_yaml", "recordings:file", "people:audit_export"} <= set(FILES)
    assert not {"people:list", "web:home", "pay:run", "performance:plan", "customers:customers"} & set(FILES)


@pytest.mark.django_db
def test_a_page_counts_only_as_a_file(sign_in: Callable[[str], Client], agent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rates.LIMITS, "export", (1, 3600))
    client = sign_in(agent)
    assert [client.get("/kpi/pay").status_code for _time in range(3)] == [200, 200, 200]
    assert not RateCount.objects.filter(key__startswith="export:").exists()
    first, second = client.get("/kpi/pay?export=csv"), client.get("/kpi/pay?export=csv")
    assert (first.status_code, first.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert (second.status_code, "Content-Disposition" in second.headers, client.get("/kpi/pay").status_code) == (429, False, 200)
    assert 0 < int(second.headers["Retry-After"]) <= 3600
