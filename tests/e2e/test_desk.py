"""An agent at the desk: a real browser, a real Asterisk, and the demo carrier's customers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import hearing
from tests.e2e.breaking import beside, kill, processes
from tests.e2e.conftest import Application, requires_chromium
from tests.e2e.desk import (
    AGENT,
    DOES,
    IN_FORCE,
    LEADER_AND_AGENT,
    OTHER,
    PHASE,
    READY,
    SOUND,
    TALKS,
    alone,
    at_desk,
    call_in,
    call_out,
    hand_over,
    hang_up,
    loudest,
    note,
    the_call,
    until,
    with_exchange,
    wrapped,
)
from tests.e2e.hearing import heard, speaks

pytestmark = [requires_chromium, pytest.mark.slow]
MORE_FLAGS = SOUND


@pytest.fixture(scope="module")
def application(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application whose folder has an Asterisk, so that it runs the exchange and the carrier."""
    running = with_exchange(company, tmp_path_factory.mktemp("d") / "v")
    running.start()
    yield running
    running.stop()


def test_a_page_takes_the_phone_once(enter: Callable[..., Page]) -> None:
    page, asked = enter(AGENT), list[str]()
    waits = "const query = navigator.locks.query.bind(navigator.locks); const told = new Promise((tell) => { window.tell = tell });"
    page.add_init_script(f"{waits} navigator.locks.query = () => told.then(query)")
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/desk/phone") else None)
    page.goto("/desk")
    page.wait_for_timeout(1000)
    assert asked == [], "the browser has not yet said which tab has the phone"
    page.evaluate("window.tell()")
    page.wait_for_selector(READY, timeout=20_000)
    page.wait_for_timeout(1000)
    assert len(asked) == 1


def test_an_agent_calls_and_the_call_becomes_one_row(enter: Callable[..., Page], ask: Callable[..., list[Any]]) -> None:
    """Out, held, a key pressed, to another page and back, hung up, its outcome saved."""
    page = at_desk(enter)
    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    expect(page.locator(".phone-who")).to_contain_text("091••••610")
    assert TALKS[1:] not in page.content()
    page.click("chot-phone [data-do=hold]")
    page.wait_for_selector(PHASE.format("held"))
    page.click("chot-phone [data-do=hold]")
    page.wait_for_selector(PHASE.format("talking"))
    page.click("chot-phone .phone-call [data-do=keys]")
    page.click("chot-phone [data-key='5']")
    page.evaluate("window.stays = true")
    page.click("nav.side li:nth-child(3) a")
    page.wait_for_url(lambda url: "/desk" not in url)
    call_id = the_call(ask)
    until(lambda: ask("SELECT 1 FROM telephony_journal WHERE call_id = %s AND kind = 'digit_pressed' AND payload->>'digit' = '5'", call_id))
    assert page.evaluate("window.stays")
    expect(page.locator(".phone-quality")).to_contain_text("tốt")
    assert hang_up(page, ask, call_id)[0][:4] == (AGENT, "out", "answered", "agent")
    wrapped(page, ask, call_id)


def test_a_page_loaded_anew_gets_back_into_its_call(enter: Callable[..., Page], ask: Callable[..., list[Any]]) -> None:
    page = at_desk(enter)
    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    call_id = the_call(ask)
    page.reload()
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    assert the_call(ask) == call_id
    rung = ask("SELECT count(*) FROM telephony_journal WHERE call_id = %s AND kind = 'event:phone_back'", call_id)
    assert rung == [(1,)]
    assert hang_up(page, ask, call_id)[0][:4] == (AGENT, "out", "answered", "agent")
    wrapped(page, ask, call_id)


def test_a_second_tab_takes_the_phone_over_with_its_call(enter: Callable[..., Page], ask: Callable[..., list[Any]]) -> None:
    page = at_desk(enter)
    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    call_id = the_call(ask)
    second = page.context.new_page()
    second.goto("/desk")
    expect(second.locator(".phone-trouble")).to_contain_text("thẻ khác")
    second.click("[data-do=take_over]")
    second.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    expect(second.locator(".phone-call [data-do=hang_up]")).to_be_visible()
    expect(page.locator(".phone-trouble")).to_contain_text("thẻ khác")
    until(lambda: ask("SELECT 1 FROM telephony_call WHERE call_id = %s AND phase = 'talking'", call_id))
    expect(second.locator(".phone-call [data-do=mute]")).to_be_visible()
    hang_up(second, ask, call_id)
    wrapped(second, ask, call_id)


def test_a_customer_who_calls_rings_the_ready_agent(enter: Callable[..., Page], ask: Callable[..., list[Any]], application: Application) -> None:
    """Nobody rings on a break; the card shows the customer by the number; F2 answers."""
    ((pk, name, number),) = ask("SELECT id, name, phone FROM customers_customer WHERE phone LIKE '+849%%' ORDER BY id LIMIT 1")
    page = at_desk(enter, size={"width": 390, "height": 844})
    page.select_option(".phone-state", "break:meal")
    until(lambda: ask(DOES, AGENT, "break"))
    call_in(application, f"0{number[3:]}")
    until(lambda: ask("SELECT 1 FROM telephony_call WHERE phase = 'waiting'"))
    page.wait_for_timeout(1500)
    assert page.locator("chot-phone").get_attribute("data-rings") == "false"
    page.select_option(".phone-state", "ready")
    page.wait_for_selector("chot-phone[data-rings=true]", timeout=10_000)
    expect(page.locator(".card-of a").first).to_have_text(name)
    expect(page.locator(".card-of a").first).to_have_attribute("href", f"/customers/{pk}")
    assert number[3:] not in page.content()
    page.keyboard.press("F2")
    page.wait_for_selector(PHASE.format("talking"), timeout=10_000)
    call_id = the_call(ask)
    assert loudest(application.var / "recordings" / "incoming" / f"{call_id}-tx.wav") > 1000, "the agent is recorded after the music"
    assert hang_up(page, ask, call_id)[0][:4] == (AGENT, "in", "answered", "agent")
    wrapped(page, ask, call_id)


def test_a_call_is_handed_to_a_colleague_who_was_asked_first(
    enter: Callable[..., Page], ask: Callable[..., list[Any]], application: Application
) -> None:
    """Through a conference that the first one leaves; who stays is recorded."""
    page = at_desk(enter)
    other = enter(OTHER)
    other.goto("/desk")
    other.wait_for_selector(READY, timeout=20_000)
    other.select_option(".phone-state", "ready")
    until(lambda: ask(DOES, OTHER, "ready"))
    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    call_id = the_call(ask)
    ((name,),) = ask("SELECT name FROM people_user WHERE agent_id = %s", OTHER)
    hand_over(page, OTHER, name, "ask_first")
    other.click("chot-phone [data-do=answer]")
    page.wait_for_selector(PHASE.format("consulting"))
    page.click("chot-phone [data-do=confer]")
    page.wait_for_selector(PHASE.format("talking"))
    until(lambda: ask("SELECT 1 FROM telephony_call WHERE call_id = %s AND jsonb_array_length(agents) = 2", call_id))
    page.click("chot-phone .phone-call [data-do=hang_up]")
    note(page)
    other.wait_for_selector(PHASE.format("talking"))
    said = application.var / "recordings" / "incoming" / f"{call_id}-tx.wav"
    begun = said.stat().st_size + 8000  # half a second of it
    until(lambda: any(said.read_bytes()[begun:]))  # the microphone that is left beeps
    rows = hang_up(other, ask, call_id)
    assert [(row[0], row[4]) for row in rows] == [(AGENT, "interested")]


def test_a_call_goes_to_a_queue_and_is_one_contact(enter: Callable[..., Page], ask: Callable[..., list[Any]], application: Application) -> None:
    """The colleague sees the queue and the wait; each notes the own part; one row, its parts in order."""
    version = beside(application, "queue", "giup", "Trợ giúp", OTHER)
    until(lambda: ask(IN_FORCE, version))
    page, other = at_desk(enter), enter(OTHER, size={"width": 390, "height": 844})
    other.goto("/desk")
    other.wait_for_selector(READY, timeout=20_000)
    other.select_option(".phone-state", "ready")
    until(lambda: ask(DOES, OTHER, "ready"))
    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    call_id = the_call(ask)
    hand_over(page, "tro giup", "Trợ giúp", "transfer")
    other.wait_for_selector("chot-phone[data-rings=true]", timeout=10_000)
    expect(other.locator(".phone-queue")).to_contain_text("Trợ giúp · đã chờ 0:0")
    note(page)
    other.keyboard.press("F2")
    other.wait_for_selector(PHASE.format("talking"), timeout=10_000)
    expect(other.locator(".phone-queue")).to_have_text("Trợ giúp")
    assert [(row[0], row[1], row[2], row[3], row[4]) for row in hang_up(other, ask, call_id)] == [(AGENT, "out", "answered", "agent", "interested")]
    assert ask("SELECT queue_id, hold_s, wait_s BETWEEN 0 AND 20 FROM calls_call WHERE call_id = %s", call_id) == [("giup", 0, True)]
    parts = ask("SELECT kind, agent_id, queue_id, answered_at IS NOT NULL FROM calls_callpart WHERE call_id = %s ORDER BY place", call_id)
    assert parts == [("agent", AGENT, "", True), ("queue", "", "giup", True), ("agent", OTHER, "giup", True)]
    note(other)


def test_from_a_break_to_a_number_outside_that_was_asked_first(enter: Callable[..., Page], ask: Callable[..., list[Any]]) -> None:
    """Called while not ready; both legs are paid and told apart; afterwards the break goes on."""
    page = at_desk(enter)
    page.select_option(".phone-state", "break:meal")
    until(lambda: ask(DOES, AGENT, "break"))
    call_out(page, TALKS)
    page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    call_id = the_call(ask)
    hand_over(page, "0987 654 323", "0987 654 323", "ask_first")
    page.wait_for_selector(PHASE.format("consulting"))
    expect(page.locator(".phone-phase")).to_have_text("098••••323 · Đang hỏi trước; khách hàng đang chờ")
    until(lambda: ask("SELECT 1 FROM telephony_journal WHERE call_id = %s AND kind = 'part_changed' AND payload->>'state' = 'answered'", call_id))
    page.click("chot-phone [data-do=complete]")
    page.locator(".phone-outcome").get_by_label("Quan tâm", exact=True).check()
    page.click(".phone-outcome button.btn-primary")
    expect(page.locator(".phone-state")).to_have_value("break:meal")
    columns = "agent_id, outcome, hangup_by, disposition, charge_vnd"
    ((agent, outcome, by, said, vnd),) = until(lambda: ask(f"SELECT {columns} FROM calls_call WHERE call_id = %s AND disposition <> ''", call_id))
    assert (agent, outcome, by, said) == (AGENT, "answered", "agent", "interested")
    costs = ask("SELECT part_of, state, agent_id, seconds, charge_vnd, caller_id <> '' FROM charges_callcharge WHERE %s IN (call_id, part_of) ORDER BY id", call_id)
    assert [(row[0], row[1], row[2], row[5]) for row in costs] == [("", "settled", AGENT, True), (call_id, "settled", AGENT, True)]
    assert costs[1][3] == 3 and vnd == costs[0][4] + costs[1][4], "the number outside hangs up after 3 s"
    kinds = ask("SELECT kind, right(number, 3) FROM calls_callpart WHERE call_id = %s ORDER BY place", call_id)
    assert kinds == [("agent", ""), ("outside", "323")]


def test_a_call_is_cut_at_the_second_at_which_its_quota_is_used_up(enter: Callable[..., Page], ask: Callable[..., list[Any]]) -> None:
    """92 ₫ are ten seconds at 550 ₫ a minute: the agent is told, the charge is exact, nothing stays set aside, the fact tells who ended it."""
    page = at_desk(enter)
    until(lambda: not ask("SELECT 1 FROM telephony_call"))
    ask("DELETE FROM charges_quotause WHERE holder_id = %s RETURNING id", AGENT)
    given = "INSERT INTO charges_quota (holder, holder_id, period, limit_vnd) VALUES ('agent', %s, 'day', 92) RETURNING id"
    (row,) = ask(given, AGENT)
    try:
        call_out(page, "0987654320")
        page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
        call_id = the_call(ask)
        expect(page.locator(".phone-money")).to_contain_text("hạn mức", timeout=9_000)
        ended = until(lambda: ask("SELECT outcome, hangup_by, talk_s, charge_vnd FROM calls_call WHERE call_id = %s", call_id))
        assert ended in ([("answered", "system", 10, 92)], [("answered", "system", 9, 83)])
        assert ask("SELECT used_vnd, reserved_vnd FROM charges_quotause WHERE holder_id = %s AND period = 'day'", AGENT) == [(ended[0][3], 0)]
        wrapped(page, ask, call_id)
    finally:
        ask("DELETE FROM charges_quota WHERE id = %s RETURNING id", row[0])


def test_a_caller_who_is_led_outside_is_seen_by_the_leader(enter: Callable[..., Page], ask: Callable[..., list[Any]], application: Application) -> None:
    """While the number rings and while it talks, masked; another team's leader sees nothing; one fact in the end."""
    version = beside(application, "forward", "ngoai", "Ngoài giờ", "+84987654315", "+842471234569", AGENT)
    until(lambda: ask(IN_FORCE, version))
    leader, other = at_desk(enter), enter(OTHER)
    leader.select_option(".phone-state", "meeting")
    until(lambda: ask(DOES, AGENT, "meeting"))
    for page in (leader, other):
        page.goto("/desk/wallboard")
        expect(page.locator("[data-wall-live]")).to_have_text("Trực tiếp", timeout=20_000)
    call_in(application, "0987000031", talk_s=9, to="02471234569")
    cells = leader.locator("[data-key=forwarded] tbody tr td")
    expect(cells.nth(3)).to_have_text("Đang đổ chuông", timeout=15_000)
    assert [cells.nth(place).inner_text() for place in range(3)] == ["098••••031", "Ngoài giờ", "098••••315"]
    expect(cells.nth(3)).to_have_text("Đang đàm thoại", timeout=15_000)
    waiting = leader.locator("[data-key=queues] tr", has_text="Ngoài giờ").locator("td").nth(1)
    expect(waiting).to_have_text("0")
    assert other.locator("[data-key=forwarded]").count() == 0 and "987654315" not in leader.content()
    expect(leader.locator("[data-key=forwarded]")).to_have_count(0, timeout=30_000)
    rows = until(lambda: ask("SELECT call_id, outcome, agent_id, hangup_by FROM calls_call WHERE queue_id = 'ngoai'"))
    assert [row[1:] for row in rows] == [("answered", "", "customer")]
    parts = ask("SELECT kind, queue_id, right(number, 3), answered_at IS NOT NULL FROM calls_callpart WHERE call_id = %s ORDER BY place", rows[0][0])
    assert parts == [("queue", "ngoai", "", False), ("outside", "", "315", True)]


def test_a_call_goes_on_while_the_web_dies(browser: Browser, ask: Callable[..., list[Any]], application: Application) -> None:
    """The customer is heard all the while, no phone is lost, and the buttons work again when it is back."""
    with browser.new_page(base_url=application.address, locale="vi-VN") as own:
        page, told = alone(speaks(own, hearing.AGENT)), list[str]()
        call_out(page, "0987654320")
        page.wait_for_selector(PHASE.format("talking"), timeout=15_000)
        call_id = the_call(ask)
        until(lambda: heard(page) == {hearing.CUSTOMER})
        page.on("requestfailed", lambda request: told.append(request.url))
        kill(processes(application, "web"))
        until(lambda: page.wait_for_timeout(50) or [url for url in told if "/desk/stream" in url])
        until(lambda: heard(page) == {hearing.CUSTOMER})
        until(application.answers, 60)
        expect(page.locator(".phone-trouble")).to_be_hidden(timeout=30_000)
        page.click("chot-phone [data-do=hold]")
        page.wait_for_selector(PHASE.format("held"))
        gone = "SELECT 1 FROM telephony_journal WHERE call_id = %s AND kind IN ('event:phone_lost', 'event:leg_gone')"
        assert the_call(ask) == call_id and ask(gone, call_id) == []
        assert hang_up(page, ask, call_id)[0][:4] == (AGENT, "out", "answered", "agent")
        wrapped(page, ask, call_id)


def test_a_button_calls_and_the_microphone_is_muted_and_changed(enter: Callable[..., Page], ask: Callable[..., list[Any]], application: Application) -> None:
    """From a customer's page; the customer hears nothing while muted, then the other device, which the browser remembers."""
    ((pk,),) = ask("SELECT customer_id FROM customers_customerphone WHERE phone LIKE '+849%%1_' ORDER BY id LIMIT 1")
    page = at_desk(enter)
    page.goto(f"/customers/{pk}")
    page.wait_for_selector(READY, timeout=20_000)
    page.locator("[data-call-phone-id]").first.click()
    page.wait_for_selector(PHASE.format("talking"), timeout=30_000)
    call_id = the_call(ask)
    said = application.var / "recordings" / "incoming" / f"{call_id}-tx.wav"
    assert loudest(said) > 1000
    page.keyboard.press("Alt+m")
    expect(page.locator("chot-phone [data-do=mute]")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(2500)  # what was written meanwhile is on the disk
    assert loudest(said) < 100
    page.keyboard.press("Alt+m")
    page.click("chot-phone .phone-call [data-do=devices]")
    page.select_option("chot-phone select[name=microphone]", label="Fake Audio Input 2")
    speaks_through = "document.querySelector('chot-phone').line.leg.session.connection.getSenders()[0].track.label"
    until(lambda: page.wait_for_timeout(50) or page.evaluate(speaks_through) == "Fake Audio Input 2")
    assert loudest(said) > 1000
    page.reload()
    page.wait_for_selector(PHASE.format("talking"), timeout=20_000)
    assert page.evaluate(speaks_through) == "Fake Audio Input 2"
    expect(page.locator(".phone-wrap")).to_be_hidden()
    hang_up(page, ask, call_id)
    expect(page.locator(".phone-wrap")).to_have_text(re.compile(r"^còn [1-8]?\d giây$"))
    wrapped(page, ask, call_id)


def test_a_leader_is_in_a_call_in_every_way(enter: Callable[..., Page], ask: Callable[..., list[Any]]) -> None:
    """From the wallboard: a state set, then listens, whispers, joins in, takes over; who hears whom, and what the trail says."""
    ((leads, works),) = ask(LEADER_AND_AGENT)
    agent, leader = speaks(enter(works), hearing.AGENT), speaks(enter(leads), hearing.LEADER)
    leader.on("dialog", lambda dialog: dialog.accept())
    agent.goto("/desk")
    leader.goto("/desk/wallboard")
    agent.wait_for_selector(READY, timeout=20_000)
    leader.wait_for_selector(READY, timeout=20_000)
    leader.select_option(".phone-state", "ready")
    until(lambda: not ask("SELECT 1 FROM telephony_call"))
    card = leader.locator(f"[data-key='desk:{works}']")
    card.locator("[data-set-state]").click()
    leader.select_option("#wall-state", "meeting")
    leader.click("[data-state-dialog] button[value=set]")
    expect(agent.locator(".phone-state")).to_have_value("meeting")
    expect(card.locator(".wall-word")).to_have_text("Họp")
    call_out(agent, "0987654320")
    agent.wait_for_selector(PHASE.format("talking"), timeout=15_000)
    call_id = the_call(ask)
    expect(card).to_have_class(re.compile(r"\btalking\b"))
    assert "987654320" not in leader.content()

    def be(mode: str) -> None:
        card.locator(f"[data-mode={mode}]").click()
        until(lambda: ask("SELECT 1 FROM telephony_supervision WHERE call_id = %s AND mode = %s AND started_at IS NOT NULL", call_id, mode))

    for mode, word, agent_hears in (
        ("listen", "bạn đang nghe", {hearing.CUSTOMER}),
        ("whisper", "bạn đang nhắc riêng", {hearing.CUSTOMER, hearing.LEADER}),
        ("barge", "bạn đang trong cuộc gọi", {hearing.CUSTOMER, hearing.LEADER}),
    ):
        be(mode)
        expect(card.locator(f"[data-mode={mode}]")).to_have_attribute("aria-pressed", "true")
        expect(card.locator(".tag.warn")).to_have_text(word)
        until(lambda wanted=agent_hears: (heard(leader), heard(agent)) == ({hearing.CUSTOMER, hearing.AGENT}, wanted))
    card.locator("[data-mode=take_over]").click()
    leader.wait_for_selector(PHASE.format("talking"))
    until(lambda: heard(leader) == {hearing.CUSTOMER})
    expect(card).not_to_have_class(re.compile(r"\btalking\b"))
    note(agent, "meeting")
    leader.click("chot-phone .phone-call [data-do=hang_up]")
    note(leader, "ready")
    rows = until(lambda: ask("SELECT agent_id, outcome, hangup_by FROM calls_call WHERE call_id = %s", call_id))
    assert rows == [(works, "answered", "agent")]
    told = ask("SELECT action, after FROM people_auditentry WHERE subject = %s ORDER BY id", f"call:{call_id}")
    uses = ["call.listened", "call.whispered", "call.joined", "call.taken_over"]
    assert [name for name, _after in told if name in uses] == uses
    ((_name, ended),) = [each for each in told if each[0] == "call.supervision_ended"]
    assert (ended["agent"], ended["end"]) == (works, "taken_over")
    assert all(ended[each] >= 1 for each in ("listen_s", "whisper_s", "barge_s"))
