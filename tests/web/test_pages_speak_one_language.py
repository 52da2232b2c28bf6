"""Every page, in Vietnamese and in English, says nothing in the other language: all addresses of the table of permissions, and all that links lead to."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from chot.people.models import User
from tests.e2e.languages import catalogue, foreign
from tests.e2e.walking import kind_of
from tests.web.test_permissions import ALL, TABLE, address

pytestmark = pytest.mark.django_db
_ATTRIBUTES = frozenset({"placeholder", "aria-label", "title", "alt", "data-confirm", "data-head", "data-ask"})
_SILENT = frozenset({"script", "style", "template", "noscript", "code"})  # code: names that machines read, as of an audited field
_ENDS_ITSELF = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_LINK = re.compile(r'<a[^>]*href="(/[^"#]*|\?[^"#]*)"')
_WORD = re.compile(r"[^\W\d_]+")
ROLES = ("manager", "admin", "leader", "agent", "payroll", "quality", "auditor")
SAME_IN_BOTH = frozenset({
    "Shift", "Delete",  # keys
    "E-mail", "E-mail –", "E-mail ✓",  # so written in Vietnamese too
    "quality_score >= 60%", "500000 if orders >= 40 else 0", "steps",  # what is typed in a plan
})  # fmt: skip
GIVEN = frozenset({  # what the demo company called something, which is a message elsewhere
    "Quan tâm", "Hẹn gọi lại", "Từ chối", "refused", "Mới", "giờ làm việc", "ngoài giờ", "CHOT DEMO",
})  # fmt: skip


class _Said(HTMLParser):
    """Each text of a page and of its attributes, but for what is marked to be of another language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.own, self.open, self.texts = language, [("", language)], set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        language = "" if tag in _SILENT else self.open[-1][1] and (named.get("lang") or self.open[-1][1])
        if language == self.own:
            self.texts |= {text for name, text in attrs if name in _ATTRIBUTES and text}
        if tag not in _ENDS_ITSELF:
            self.open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        if any(tag == each for each, _language in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.open[-1][1] == self.own:
            self.texts.add(" ".join(data.split()))


@cache
def english_only() -> frozenset[str]:
    """Words of English messages that no Vietnamese message has."""
    words = [{word.lower() for text in texts for word in _WORD.findall(text)} for texts in (catalogue(), *catalogue().values())]
    return frozenset(words[0].difference(*words[1:]))


def told_wrongly(page: str, language: str) -> list[str]:
    """What a page says in the other language: messages of the catalogues; in Vietnamese also any plain sentence or title of English words."""
    read = _Said(language)
    read.feed(page)
    texts = sorted(read.texts - SAME_IN_BOTH - GIVEN)
    found = foreign(texts, language)
    if language == "vi":
        english = english_only()
        plain = [each for each in texts if each.isascii() and (" " in each or each[:1].isupper())]
        found += [each for each in plain if each not in found and any(len(word) > 2 and word.lower() in english for word in _WORD.findall(each))]
    return found


def pages(client: Client, addresses: list[str], known: set[str], no_pages: set[str]) -> dict[str, str]:
    """The pages that links lead to and then those behind addresses, one of each that is not known yet, by address."""
    found, waiting, more = {}, ["/"], list(addresses)
    while waiting or more:
        path = (waiting or more).pop(0)
        kind = (kind_of(path) or "").partition("?")[0]
        if not kind or kind in known or path in no_pages:
            continue
        answer = client.get(path, follow=True)
        if isinstance(answer, StreamingHttpResponse) or answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            no_pages.add(path)
            continue
        known.add(kind)
        found[path] = answer.content.decode()
        links = [link.replace("&amp;", "&") for link in _LINK.findall(found[path])]
        waiting += [path.partition("?")[0] + link if link.startswith("?") else link for link in links]
    return found


def test_every_page_speaks_one_language(sign_in: Callable[[str], Client]) -> None:
    known: set[str] = set()
    no_pages: set[str] = set()
    wrong: dict[str, list[str]] = {}
    for role in ROLES:
        user = User.objects.filter(role=role, is_active=True).order_by("pk").first()
        assert user, role
        client = sign_in(user.username)
        mine = [address(name) for name, roles in TABLE.items() if role in (roles or ALL)]
        read = pages(client, mine, known, no_pages)
        wrong |= {f"{path} vi": told for path, text in read.items() if (told := told_wrongly(text, "vi"))}
        User.objects.filter(pk=user.pk).update(language="en")
        wrong |= {f"{path} en": told for path in read if (told := told_wrongly(client.get(path, follow=True).content.decode(), "en"))}
    assert len(known) > 110, sorted(known)
    assert not wrong, "\n".join(f"{path}: {told}" for path, told in sorted(wrong.items()))


@pytest.mark.parametrize(
    ("page", "language", "found"),
    [
        ("<p>Save everything</p>", "vi", ["Save everything"]), ('<input placeholder="Nobody yet">', "vi", ["Nobody yet"]),
        ("<p>Đăng xuất</p>", "en", ["Đăng xuất"]), ('<p lang="vi">Đăng xuất</p><p>Sign out</p>', "en", []),
        ("<p>Nguyễn Thanh My<br>a35 · t1</p>", "vi", []), ("<script>Save everything</script><p>Lưu</p>", "vi", []),
    ],
)  # fmt: skip
def test_a_word_of_the_other_language_would_show(page: str, language: str, found: list[str]) -> None:
    assert told_wrongly(page, language) == found
