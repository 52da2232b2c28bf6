"""What a page says in the other language than its own: words of the catalogues, and Vietnamese pages with English sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page

CATALOGUES = sorted((Path(__file__).parents[2] / "src" / "chot").glob("*/locale/vi/LC_MESSAGES/django.po"))
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]|%%")
_ENGLISH = re.compile(r"\b(the|and|of|is|are|was|were|with|from|this|that|your|has|have|been|cannot|nobody|every)\b")
_LEAST = 12  # characters of a sentence's part that are enough to know it by
_GIVEN = frozenset({"Bán hàng"})
"""Names that the demo company gave, which stay as they are, though a message says the same."""
SAID = """root => {
  const found = [], own = root.ownerDocument.documentElement.lang
  const away = node => node.closest("script, style, template, noscript") || node.closest("[lang]").lang !== own
  const words = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  while (words.nextNode()) if (words.currentNode.data.trim() && !away(words.currentNode.parentElement)) found.push(words.currentNode.data)
  for (const name of ["placeholder", "aria-label", "title", "alt", "data-confirm", "data-head"])
    for (const each of root.querySelectorAll(`[${name}]`)) if (!away(each)) found.push(each.getAttribute(name))
  return [...new Set(found.map(each => each.replace(/\\s+/g, " ").trim()))]
}"""
"""JavaScript: every text of an element in the page's own language, and what its attributes say."""


@cache
def catalogue() -> dict[str, set[str]]:
    """The Vietnamese of each English message, of all apps; one message may have several contexts."""
    found: dict[str, set[str]] = {}
    for path in CATALOGUES:
        with path.open("rb") as file:
            for message in read_po(file, locale="vi"):
                if message.id:
                    ids, strings = ([each] if isinstance(each, str) else list(each) for each in (message.id, message.string))
                    for place, text in enumerate(ids):
                        found.setdefault(_plain(text), set()).add(_plain(strings[min(place, len(strings) - 1)]))
    return found


def _plain(text: str) -> str:
    return " ".join(text.split())


@cache
def _known(language: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """Whole messages of a language that the other has not, and a pattern of the longer parts of those with placeholders."""
    english = set(catalogue())
    vietnamese = {each for strings in catalogue().values() for each in strings}
    own, other = (english, vietnamese) if language == "en" else (vietnamese, english)
    whole = {each for each in own - other if not _PLACEHOLDER.search(each)}
    parts = {part.strip() for each in own - other if _PLACEHOLDER.search(each) for part in _PLACEHOLDER.split(each)}
    told = " \n".join(other)
    kept = sorted(part for part in parts if len(part) >= _LEAST and " " in part and part not in told)
    return frozenset(whole - _GIVEN), re.compile("|".join(map(re.escape, kept)))


def foreign(texts: Sequence[str], language: str) -> list[str]:
    """The texts of a page in ``language`` that are of the other language."""
    whole, parts = _known("vi" if language == "en" else "en")
    found = [each for each in texts if each in whole or parts.search(each)]
    return found if language == "en" else found + [each for each in texts if each not in found and len(_ENGLISH.findall(each)) > 1]


def said(message: str, language: str, **values: object) -> str:
    """An English message of the catalogues in the language of a page."""
    [text] = catalogue()[message] if language == "vi" else [message]
    return text % values if values else text


def language_of(page: Page) -> str:
    """``vi`` or ``en``."""
    return str(page.locator("html").get_attribute("lang"))


def told_wrongly(page: Page) -> list[str]:
    """What the open page says in the other language."""
    return foreign(page.locator("body").evaluate(SAID), language_of(page))


def switched(page: Page) -> None:
    """The same page in the other language."""
    other = "en" if language_of(page) == "vi" else "vi"
    page.locator("header.top button[name=language]").click()
    page.wait_for_selector(f"html[lang={other}]")
