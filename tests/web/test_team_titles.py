"""Teams are called by their names wherever people read them: pages, papers, exports."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser

import pytest
from django.test import Client
from openpyxl import load_workbook

from chot.pay import payslip, queries
from chot.pay.models import PayRun
from chot.people.models import Team, User
from chot.people.queries_teams import team_titles
from chot.performance.models import PlanVersion
from tests.web.test_pages_speak_one_language import ROLES, pages
from tests.web.test_pay_runs import archive, draft, payroll, review, telesale  # noqa: F401 - fixtures
from tests.web.test_permissions import ALL, TABLE, address

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
_ID = re.compile(r"(?<![\w/.-])(?:t1|t2|cs|hq)(?![\w/.-])")
_READ_BY_MACHINES = frozenset({"code", "pre", "style", "textarea"})
_TELLS_IDS = frozenset({"/people/teams"})
"""The page where teams get their names shows which id has which."""


class _Texts(HTMLParser):
    """What a page says, but for what machines read; figures of charts too."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.texts = list[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _READ_BY_MACHINES or (tag == "script" and dict(attrs).get("type") != "application/json"):
            self.open.append(tag)
        self.texts += [text for name, text in attrs if name in ("aria-label", "title", "data-confirm", "placeholder") and text]

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open and data.strip():
            self.texts.append(" ".join(data.split()))


def ids_in(page: str) -> list[str]:
    """The texts of a page that name a team by its id."""
    read = _Texts()
    read.feed(page)
    return [text[:120] for text in read.texts if _ID.search(text)]


def test_no_page_names_a_team_by_its_id(sign_in: SignIn) -> None:
    known, no_pages = set[str](), set[str]()
    told: dict[str, list[str]] = {}
    named = 0
    for role in ROLES:
        user = User.objects.filter(role=role, is_active=True).order_by("pk").first()
        assert user
        mine = [address(name) for name, roles in TABLE.items() if role in (roles or ALL)]
        for path, page in pages(sign_in(user.username), mine, known, no_pages).items():
            named += "Bán hàng 1" in page
            if path.partition("?")[0] not in _TELLS_IDS and (found := ids_in(page)):
                told[path] = found
    assert named > 15
    assert not told, "\n".join(f"{path}: {found}" for path, found in sorted(told.items()))


def test_an_id_would_be_found() -> None:
    assert ids_in("<p>a05 · t1</p><code>t1</code><a href='?team=t1'>t1-2</a>") == ["a05 · t1"]


def of_first_team(run: PayRun) -> payslip.Payslip:
    """The slip of somebody of the first team."""
    found = payslip.of_agent(run, next(each.agent_id for each in queries.people_of(run, None) if each.team_id == "t1"))
    assert found
    return found


def test_a_run_its_slips_and_its_files_name_teams(review: PayRun, sign_in: SignIn) -> None:  # noqa: F811
    """Lists, the paper, and the workbooks that people read."""
    client = sign_in("payroll")
    seen = {"run": client.get(f"/pay/{review.pk}").content.decode(), "compare": client.get(f"/pay/{review.pk}/compare").content.decode()}
    slip = of_first_team(review)
    seen["slip"] = client.get(f"/pay/{review.pk}/slip/{slip.person.agent_id}").content.decode()
    assert {name: ids_in(page) for name, page in seen.items()} == {name: [] for name in seen}
    assert "Bán hàng 1" in seen["run"] and "Bán hàng 1" in seen["slip"] and slip.team == "Bán hàng 1"
    for path in (f"/pay/{review.pk}/people.xlsx", f"/pay/{review.pk}/lines.xlsx", f"/pay/{review.pk}/compare.xlsx"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        rows = list(load_workbook(io.BytesIO(b"".join(answer))).active.values)  # type: ignore[union-attr, arg-type]
        teams = {row[rows[0].index("Nhóm")] for row in rows[1:]} - {None, ""}
        assert teams <= {"Bán hàng 1", "Bán hàng 2", "CSKH"} and teams, path


def test_a_slip_names_the_team_as_it_was_called_then(review: PayRun) -> None:  # noqa: F811
    first = of_first_team(review)
    Team.objects.filter(team_id="t1").update(valid_to=date(2026, 11, 1))
    Team.objects.create(team_id="t1", name="Hà Nội", valid_from=date(2026, 11, 1))
    again = payslip.of_agent(review, first.person.agent_id)
    assert again and again.team == "Bán hàng 1" and payslip.printed(again)[:5] == b"%PDF-"
    assert team_titles()["t1"] == "Hà Nội" and team_titles(date(2026, 10, 31))["t1"] == "Bán hàng 1"


def test_what_the_guards_found_names_teams(sign_in: SignIn, telesale: PlanVersion) -> None:  # noqa: F811
    page = sign_in("manager").get(f"/plans/{telesale.pk}?findings=1&backtest=3")
    assert page.status_code == 200 and ids_in(page.content.decode()) == []
    assert "Bán hàng 1" in page.content.decode()


def test_titles_by_day_and_of_teams_that_nobody_named() -> None:
    Team.objects.create(team_id="new", name="Nhóm mới", valid_from=date(2026, 12, 1))
    Team.objects.create(team_id="gone", name="Nhóm cũ", valid_to=date(2026, 5, 1))
    titles = team_titles()
    assert [titles[each] for each in ("t1", "cs", "hq", "gone", "new", "x9")] == ["Bán hàng 1", "CSKH", "Văn phòng", "Nhóm cũ", "new", "x9"]
    assert team_titles(date(2026, 12, 1))["new"] == "Nhóm mới"
