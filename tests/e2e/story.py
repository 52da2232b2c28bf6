"""What all days of the story share: pages read in both languages, amounts as pages write them, files beside pages."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.e2e.company import environment
from tests.e2e.languages import language_of, said, switched, told_wrongly

AGENT, LEADER = "a05", "a02"
PERIOD, MONTH = "2026-10", "2026-11"
FITS = "document.documentElement.scrollWidth <= window.innerWidth + 1"


def vnd(amount: int, language: str = "vi") -> str:
    """Digits as pages write them."""
    return f"{amount:,}".replace(",", "." if language == "vi" else ",")


def whole(text: str) -> int:
    """The đồng of a cell, in either language, with its sign."""
    found = re.search(r"[+\-−]?\d[\d.,]*", text)
    assert found, text
    return int(found[0].replace("−", "-").replace(".", "").replace(",", ""))


def saved(page: Page) -> None:
    """Send the form that stands under the heading, and see that it was taken."""
    page.locator("main form:not([method=get]) button.btn-primary").last.click()
    page.wait_for_selector(".notice.success")


def well(page: Page) -> None:
    """The open page fits its width and says nothing in the other language."""
    assert page.evaluate(FITS), page.url
    wrong = told_wrongly(page)
    assert wrong == [], (page.url, language_of(page), wrong)


def seen(page: Page, *messages: str, amounts: tuple[int, ...] = (), texts: tuple[str, ...] = ()) -> None:
    """The open page in its language and in the other: it fits, and both times it says these messages, amounts and texts; it stays in the other."""
    for turn in range(2):
        language, told = language_of(page), page.locator("main").inner_text()
        for each in (*(said(message, language) for message in messages), *(vnd(amount, language) for amount in amounts), *texts):
            assert each.casefold() in told.casefold(), (page.url, language, each)
        well(page)
        if turn == 0:
            switched(page)


def paid_by_command_line(var: Path, plan: Path, period: str, agent: str = AGENT) -> int:
    """What ``chot kpi pay`` says that the agent earns, from the same facts and the same plan."""
    command = [sys.executable, "-m", "chot", "kpi", "pay", str(plan), "--data", str(var / "data"), "--period", period]
    told = subprocess.run([*command, "--format", "json"], env={**os.environ, **environment(var)}, check=True, capture_output=True, text=True).stdout
    return next(int(each["variable_vnd"]) for each in json.loads(told)["agents"] if each["agent_id"] == agent)


def fetched(page: Page, link: str) -> bytes:
    """The file behind a link of the page (a selector), or at an address."""
    address = link if link.startswith("/") else str(page.locator(link).first.evaluate("each => each.href"))
    answer = page.request.get(address)
    assert answer.status == 200 and "attachment" in answer.headers["content-disposition"], address
    return answer.body()


def csv_rows(content: bytes) -> list[list[str]]:
    """A CSV as Excel reads it."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def xlsx_rows(content: bytes) -> list[list[Any]]:
    """The cells of a workbook's only sheet."""
    book = load_workbook(io.BytesIO(content), read_only=True)
    assert len(book.sheetnames) == 1
    return [list(row) for row in book.active.iter_rows(values_only=True)]  # type: ignore[union-attr]


def pdf_text(content: bytes) -> str:
    """The words of a PDF, each gap one space."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
