"""Every page that a person can reach by links, one of each kind: new pages are walked without being named here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

_LEADS_AWAY = {"people:sign_out"}
_ENDING = re.compile(r"[./](csv|xlsx|yaml|pdf|json|ics)$")
"""Files, whether named after their kind or asked for by it."""
_LINKS = "[...document.querySelectorAll('a[href]')].map(each => each.href)"


def kind_of(address: str) -> str | None:
    """The URL name of a page of ours, with the names of what is asked of it; None for what is no page."""
    parts = urlsplit(address)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    asked = sorted(each.partition("=")[0] for each in parts.query.split("&") if each)
    if name in _LEADS_AWAY or "export" in name or "export" in asked or _ENDING.search(parts.path):
        return None
    return f"{name}?{','.join(asked)}" if asked else name


def walk(page: Page, *, at_most: int = 120) -> Iterator[str]:
    """Opens one page of each kind that links lead to from here, nearest first; the path of the one that is open."""
    base = urlsplit(page.url).netloc
    waiting, known = [page.url], {kind_of(page.url)}
    opened = 0
    while waiting and opened < at_most:
        address = waiting.pop(0)
        answer = page.goto(address)
        assert answer and answer.status == 200, (address, answer and answer.status)
        opened += 1
        yield urlsplit(page.url).path
        for link in page.evaluate(_LINKS):
            kind = kind_of(link) if urlsplit(link).netloc == base else None
            if kind and kind not in known:
                known.add(kind)
                waiting.append(link)
    assert not waiting, f"more than {at_most} kinds of page: {waiting}"
