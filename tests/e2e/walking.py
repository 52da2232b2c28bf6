"""Every page that a person can reach by links, one of each kind: new pages are walked without being named here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

_LEADS_AWAY = {"people:sign_out"}
_ENDING = re.compile(r"[./](csv|xlsx|yaml|pdf|json|ics)$")
"""Files, whether named after their kind or asked for by it."""
_READ = """async address => {
  const answer = await fetch(address), read = new DOMParser().parseFromString(await answer.text(), "text/html")
  const links = [...read.querySelectorAll("a[href]")].map(each => new URL(each.getAttribute("href"), answer.url).href)
  const parts = [], frame = []
  for (const each of read.body.querySelectorAll("*")) (each.closest("main") ? parts : frame).push(each.tagName + "." + (each.getAttribute("class") ?? ""))
  read.querySelectorAll("script, template").forEach(each => each.remove())
  const words = document.createTreeWalker(read.body, NodeFilter.SHOW_TEXT), text = []
  while (words.nextNode()) text.push(words.currentNode.data)
  return { status: answer.status, address: answer.url, links, parts, frame, heads: read.querySelectorAll("main h1").length, text: text.join(" ") }
}"""
"""A page as the server sends it, asked for with the session of the open page: many times cheaper than opening it."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """A page: where it is, what kind it is, the elements with their classes that it and the frame around it are made of, and its words."""

    path: str
    address: str
    kind: str
    parts: frozenset[str]
    frame: frozenset[str]
    heads: int
    text: str


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


def walk(page: Page, *, at_most: int = 200) -> Iterator[Read]:
    """Reads one page of each kind that links lead to from here, nearest first; ``page`` may be taken elsewhere meanwhile."""
    base = urlsplit(page.url).netloc
    waiting, known = [page.url], {kind_of(page.url)}
    opened = 0
    while waiting and opened < at_most:
        found = page.evaluate(_READ, waiting.pop(0))
        assert found["status"] == 200, (found["address"], found["status"])
        opened += 1
        links, address = found["links"], found["address"]
        for link in links:
            kind = kind_of(link) if urlsplit(link).netloc == base else None
            if kind and kind not in known:
                known.add(kind)
                waiting.append(link)
        yield Read(
            path=urlsplit(address).path, address=address, kind=str(kind_of(address)).partition("?")[0], parts=frozenset(found["parts"]),
            frame=frozenset(found["frame"]), heads=found["heads"], text=found["text"],
        )  # fmt: skip
    assert not waiting, f"more than {at_most} kinds of page: {waiting}"
