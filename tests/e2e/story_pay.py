"""From the facts of two months to closed payslips: the steps of payroll, manager, leader and agent, and every file beside its page."""

from __future__ import annotations

import re
from typing import NamedTuple

from playwright.sync_api import Page

from tests.e2e.languages import language_of, said, switched
from tests.e2e.story import AGENT, csv_rows, fetched, pdf_text, seen, vnd, well, whole, xlsx_rows

QUESTION, ANSWER = "Đơn ngày 30/09 của em chưa được tính ạ?", "Đúng, đơn ấy ghi nhầm người; trả bù cùng lương tháng 10."
SECOND_QUESTION, REFUSAL = "Vì sao dòng này tính như vậy?", "Đã đối chiếu từng dòng: đúng như kế hoạch."
BONUS, RETURNED = "Trả bù đơn ngày 30/09", "Khách trả lại hàng của đơn tháng 9"
CHECKED = "Đã đối chiếu với nguồn"
OWED, TAKEN = 300_000, 100_000


def prepared(page: Page, period: str) -> str:
    """Payroll prepares a month's telesales pay; the address of the run."""
    page.goto("/pay")
    offer = page.locator("form[action='/pay/prepare']", has=page.locator(f"input[value='{period}']")).filter(has_text="Telesale")
    if not offer.locator("button").first.is_visible():
        page.locator("details", has=offer).locator("summary").click()
    offer.locator("button").first.click()
    page.wait_for_url(re.compile(r"/pay/\d+$"), timeout=60_000)
    return page.url


def again(page: Page, run: str) -> None:
    """Facts have changed since, which the page says once the run of the facts is there; payroll prepares it anew."""
    warning = "The facts have changed since this run was prepared. Prepare it again."
    warned = page.locator(".notice.warning", has_text=re.compile("|".join(re.escape(said(warning, each)) for each in ("vi", "en"))))
    for _attempt in range(90):
        page.goto(run)
        if warned.count():
            break
        page.wait_for_timeout(500)
    seen(page, warning)
    assert page.locator("form[action$='/submit']").count() == 0
    page.locator("main .head form[action='/pay/prepare'] button").click()
    page.wait_for_url(re.compile(r"/pay/\d+$"), timeout=60_000)
    page.locator("form[action$='/submit']").wait_for()
    assert page.url == run and warned.count() == 0


def handed_over(page: Page) -> None:
    """To the second one of payroll; the first cannot close."""
    page.locator("form[action$='/submit'] button").click()
    page.wait_for_selector("#closing")
    seen(page, "You prepared this run, so somebody else from payroll closes it (four eyes).")
    assert page.locator("#closing form[action*='/close']").count() == 0


def closed(page: Page, run: str) -> None:
    """The second one of payroll gives the reasons that are asked for, and closes."""
    page.goto(run)
    seen(page, "Close the period")
    for box in page.locator("#closing input[type=checkbox]").all():
        box.check()
    for name in ("note", "law_because", "accepted_because"):
        if page.locator(f"#closing [name={name}]").count():
            page.fill(f"#closing [name={name}]", CHECKED)
    page.locator("#closing form[action*='/close'] button.btn-primary").click()
    page.wait_for_selector("a[href*='slips.zip'], form[action$='/slips']", timeout=90_000)


def asked(agent: Page, run: str, question: str) -> str:
    """The agent opens the own payslip of a closed run, one of its lines, and asks; the address of the question."""
    number = run.rpartition("/")[2]
    agent.goto(f"/pay/{number}/slip/{AGENT}")
    agent.locator("main tbody a[href*='/statements/']").first.click()
    agent.wait_for_selector("main a[href^='/disputes/new/']")
    well(agent)
    agent.locator("main a[href^='/disputes/new/']").click()
    agent.fill("[name=text]", question)
    well(agent)
    agent.locator("main form button.btn-primary").click()
    agent.wait_for_url(re.compile(r"/disputes/\d+$"))
    return agent.url


def answered(payroll: Page, agent: Page, question: str, answer: str, decision: str) -> None:
    """Payroll answers a question, and the agent reads it."""
    payroll.goto(question)
    seen(payroll, "Answer to the agent")
    payroll.fill("[name=answer]", answer)
    payroll.locator(f"button[name=decision][value={decision}]").click()
    payroll.wait_for_selector("#id_answer", state="detached")
    agent.goto(question)
    seen(agent, texts=(answer,))


def owed(payroll: Page, question: str) -> str:
    """What facts cannot repair is proposed as an adjustment that answers the question; the address of the adjustment."""
    payroll.goto(question)
    payroll.locator("main a[href*='/adjustments/new']").click()
    payroll.wait_for_selector("[name=amount]")
    seen(payroll, "Propose an adjustment", texts=(QUESTION,))
    payroll.fill("[name=amount]", vnd(OWED))
    payroll.fill("[name=reason]", BONUS)
    return _proposed(payroll)


def best_seller(page: Page, run: str) -> tuple[str, int]:
    """Who got the biggest commission of a run, and how much, by its file of lines; somebody else than the agent."""
    page.goto(run)
    lines = csv_rows(fetched(page, "main details.menu a[href$='/lines.csv']"))[1:]
    found = {row[0]: int(row[6]) for row in lines if row[3].startswith("commission:") and row[0] != AGENT}
    return max(found.items(), key=lambda each: each[1])


def taken_back(payroll: Page, run: str, seller: str, paid: int) -> str:
    """Unearned commission of the closed month, no more than was paid of it; the address of the adjustment."""
    payroll.goto(f"{run}/adjustments/new?agent={seller}&kind=claw_back")
    seen(payroll, "Only unearned commission is taken back, as the plan defines it: of a returned order, of a cancelled contract.")
    assert vnd(paid, language_of(payroll)) in payroll.locator("#corrects option").nth(1).inner_text()
    payroll.select_option("#corrects", index=1)
    payroll.fill("[name=amount]", str(paid + 1))
    payroll.fill("[name=reason]", RETURNED)
    payroll.locator("main form[method=post] button.btn-primary").click()
    refusal = payroll.locator("main .errorlist").first
    refusal.wait_for()
    assert vnd(paid, language_of(payroll)) in refusal.inner_text()
    well(payroll)
    payroll.fill("[name=amount]", str(TAKEN))
    return _proposed(payroll)


def _proposed(payroll: Page) -> str:
    payroll.locator("main form[method=post] button.btn-primary").click()
    payroll.wait_for_url(re.compile(r"/pay/adjustments/\d+$"))
    return payroll.url


def by_four_eyes(proposer: Page, other: Page, adjustment: str, amount: int) -> None:
    """Whoever proposed it cannot approve it, not even without the page; somebody else does."""
    proposer.goto(adjustment)
    seen(proposer, "Somebody other than the proposer, from payroll or a manager, approves or refuses it before the run is closed.", amounts=(amount,))
    assert proposer.locator("form[action$='/approve']").count() == 0
    token = proposer.locator("[name=csrfmiddlewaretoken]").first.input_value()
    answer = proposer.request.post(f"{adjustment}/approve", form={"csrfmiddlewaretoken": token}, headers={"Referer": adjustment})
    refusal = said("You proposed this adjustment, so somebody else has to decide on it (four eyes)", language_of(proposer))
    assert answer.url == adjustment and refusal in answer.text()
    other.goto(adjustment)
    seen(other, "Your decision", amounts=(amount,))
    other.locator("form[action$='/approve'] button").click()
    other.wait_for_selector(".notice.success")
    seen(other, "Approved")


class Row(NamedTuple):
    """One person of a run, in đồng."""

    agent: str
    variable: int
    beside: int
    paid: int


def on_the_page(page: Page, run: str) -> list[Row]:
    """The people of a run as its page shows them; their sums are the page's own last row."""
    page.goto(run)
    table = page.locator("main table", has=page.locator("a[href*='/slip/']"))
    found = [_row(row.locator("td").all_inner_texts()) for row in table.locator("tbody tr").all()]
    total = _amounts(table.locator("tfoot td").all_inner_texts())
    assert total == (sum(row.variable for row in found), sum(row.beside for row in found), sum(row.paid for row in found))
    return found


def _row(cells: list[str]) -> Row:
    agent = cells[0].split("\n")[-1].split(" · ")[0].strip()
    return Row(agent, *_amounts(cells))


def _amounts(cells: list[str]) -> tuple[int, int, int]:
    """Variable pay, adjustments beside it and what is paid: the adjustments stand under what is paid."""
    paid, beside = cells[2].split("\n")
    return whole(cells[1]), whole(beside), whole(paid)


def every_file(page: Page, run: str, shown: list[Row]) -> None:
    """The files for payroll software, for the bank and of every line say what the page says, as CSV and as XLSX."""
    language = language_of(page)
    for kind, rows in (("csv", csv_rows), ("xlsx", xlsx_rows)):
        files = {what: rows(fetched(page, f"main details.menu a[href$='/{what}.{kind}']")) for what in ("people", "bank", "lines")}
        head, *people, total = files["people"]
        variable, paid = head.index(said("Variable pay", language)), head.index(said("To pay", language))
        told = sorted((row[0], int(row[variable]), int(row[paid])) for row in people)
        assert told == sorted((each.agent, each.variable, each.paid) for each in shown)
        assert [int(total[variable]), int(total[paid])] == [sum(each.variable for each in shown), sum(each.paid for each in shown)]
        assert sorted((row[1], int(row[3])) for row in files["bank"][1:]) == sorted((each.agent, each.paid) for each in shown if each.paid > 0)
        by_agent: dict[str, int] = {}
        for row in files["lines"][1:]:
            by_agent[row[0]] = by_agent.get(row[0], 0) + int(row[6])
        assert {each.agent: each.paid for each in shown} == dict.fromkeys((each.agent for each in shown), 0) | by_agent
    assert page.request.get(f"{run}/people.pdf").status == 404


def the_payslip(agent: Page, run: str, shown: list[Row]) -> None:
    """On a telephone: the own pay, its file, the slip with the adjustment and the names of both, and the same words signed on paper."""
    [(_agent, variable, beside, paid)] = [row for row in shown if row.agent == AGENT]
    assert beside == OWED and paid == variable + beside
    agent.goto("/kpi/pay")
    seen(agent, "My pay", amounts=(paid,))
    [newest, *_older] = csv_rows(fetched(agent, "/kpi/pay?export=csv"))[1:]
    assert (newest[0], int(newest[-2]), int(newest[-1])) == ("2026-10", beside, paid)
    agent.locator(f"main a[href='{run[run.index('/pay/') :]}/slip/{AGENT}']").first.click()
    agent.wait_for_url(f"{run}/slip/{AGENT}")
    agent.wait_for_selector("main a[href*='/adjustments/']")
    seen(agent, amounts=(variable, OWED, paid), texts=(BONUS, "Phạm Thu Hà", "Vũ Minh Châu", "Lý Hồng Ngọc"))
    for _language in range(2):
        language = language_of(agent)
        lines = [whole(row.locator("td").last.inner_text()) for row in agent.locator("main table").first.locator("tbody tr").all()]
        assert sum(lines) == variable
        pdf = fetched(agent, "main .end a[href$='.pdf']")
        assert pdf.startswith(b"%PDF") and b"/ByteRange" in pdf  # signed
        written = pdf_text(pdf)
        for each in (*(f"{vnd(amount, language)} ₫" for amount in (*lines, variable, OWED, paid)), BONUS, "Phạm Thu Hà"):
            assert each in written, (language, each)
        assert said("Paid out with this slip", language) in written
        switched(agent)
