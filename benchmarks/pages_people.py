"""The people of `pages.py`: who they are, which pages they reach, and how they walk through them."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field

import aiohttp

PASSWORD = "chot-demo-2026"
MIX = {"agent": 36, "leader": 5, "manager": 3, "payroll": 2, "quality": 2, "admin": 1, "auditor": 1}
"""Of 50 people; a company has one agent's team leader for about ten agents, and an office beside them."""
HOME = 0.2
"""How often somebody goes back to the first page; all other pages that the person reaches are equally likely."""
_NO_PAGE = re.compile(r"\.(csv|xlsx|yaml|pdf|ics|json|js|css|svg|flac)\b|/sign-|export|/static/")
_PART = re.compile(r'hx-get="(/[^"#]*)" hx-trigger="load')


@dataclass
class Person:
    """One signed-in browser: what its first page is called, its cookies, and one address of each kind of page."""

    role: str
    username: str
    cookies: dict[str, str] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)


@dataclass
class Measured:
    """Seconds of each request by kind of page, and faults."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)
    lasted: float = 0.0

    @property
    def requests(self) -> int:
        return sum(map(len, self.seconds.values()))

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.lasted


def people_of(roles: dict[str, list[str]], number: int) -> list[Person]:
    """So many people in the shares of ``MIX``; where a role has fewer accounts, they are signed in more than once."""
    wanted = [role for role, share in MIX.items() for _each in range(max(1, round(share * number / sum(MIX.values()))))][:number]
    place: dict[str, int] = defaultdict(int)
    found = []
    for role in wanted:
        accounts = roles[role]
        step = max(1, len(accounts) // MIX[role])  # agents from the whole company, not from one team
        found.append(Person(role, accounts[place[role] * step % len(accounts)]))
        place[role] += 1
    return found


def kind(path: str) -> str:
    """A page without what is asked of it: ``/statements/1/2026-10/a03`` and its like are one kind."""
    return re.sub(r"/([^/?]*[\d:][^/?]*)(?=/|$)", "/…", path.partition("?")[0])


async def sign_in(address: str, people: list[Person], cold: Measured) -> list[Person]:
    """Everyone by the form, and one page of each kind within two links of each one's first page; ``cold`` notes what was opened first."""
    found = []
    for person in people:
        async with aiohttp.ClientSession(address, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(120)) as session:
            form = await (await session.get("/sign-in")).text()
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
            assert token
            given = {"csrfmiddlewaretoken": token[1], "username": person.username, "password": PASSWORD}
            text = await (await session.post("/sign-in", data=given)).text()
            if 'id="menu"' not in text:
                raise SystemExit(f"{person.username} cannot sign in")
            person.cookies = {each.key: each.value for each in session.cookie_jar}
            person.pages = await _pages_of(session, text, cold)
        found.append(person)
    return found


async def _pages_of(session: aiohttp.ClientSession, home: str, cold: Measured) -> list[str]:
    found: dict[str, str] = {}
    waiting = _links(home)
    for depth in range(2):
        following: list[str] = []
        for path in waiting:
            if kind(path) in found:
                continue
            begun = time.perf_counter()
            answer = await session.get(path)
            text = await answer.text()
            if answer.status == 200 and answer.content_type == "text/html":
                cold.seconds[kind(path)].append(time.perf_counter() - begun)
                found[kind(path)] = path
                following += _links(text) if depth == 0 else []
            elif answer.status >= 500:
                cold.faults.append(f"{answer.status} {path}")
        waiting = following
    return list(found.values())


def _links(text: str) -> list[str]:
    """Pages, and the parts that a page fetches as soon as it is there."""
    links = [each for each in re.findall(r'<a[^>]*href="(/[^"#]*)"', text) if not _NO_PAGE.search(each)]
    return [each.replace("&amp;", "&") for each in [*links, *_PART.findall(text)] if each != "/"]


async def everyone(address: str, people: list[Person], seconds: float, think: float) -> Measured:
    """All people at once, each in an order of the own."""
    measured = Measured()
    begun = time.perf_counter()
    await asyncio.gather(*(_walk(address, each, number, begun + seconds, think, measured) for number, each in enumerate(people)))
    measured.lasted = time.perf_counter() - begun
    return measured


async def _walk(address: str, person: Person, number: int, until: float, think: float, measured: Measured) -> None:
    chance = random.Random(f"{person.username} {number}")
    jar, patience = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(60)
    async with aiohttp.ClientSession(address, cookies=person.cookies, cookie_jar=jar, timeout=patience) as session:
        await asyncio.sleep(chance.uniform(0, think))
        while time.perf_counter() < until:
            first = person.role != "plain" and chance.random() < HOME
            path = "/" if first else chance.choice(person.pages)
            label = f"/ ({person.role})" if first else kind(path)
            started = time.perf_counter()
            try:
                async with session.get(path) as answer:
                    await answer.read()
                    if answer.status != 200:
                        measured.faults.append(f"{answer.status} {path}")
            except (aiohttp.ClientError, TimeoutError) as error:
                measured.faults.append(f"{type(error).__name__} {path}")
            measured.seconds[label].append(time.perf_counter() - started)
            await asyncio.sleep(chance.uniform(0, 2 * think))
