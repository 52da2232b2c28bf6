"""Fields speak the page's language and its 24 hours, whatever the browser speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import PHONE, Enter, requires_chromium

pytestmark = [requires_chromium, pytest.mark.slow]


@pytest.mark.parametrize(("language", "wrong"), [("vi", "Ghi giờ dạng 08:30."), ("en", "Write the time as 08:30.")])
def test_a_time_of_day_is_24_hours_and_brought_to_one_form(enter: Enter, language: str, wrong: str) -> None:
    page = enter("manager", language=language)
    page.goto("/roster/settings")
    starts = page.locator("[name=starts]")
    for typed, written in [("1730", "17:30"), ("8h30", "08:30"), ("8", "08:00")]:
        starts.fill(typed)
        starts.blur()
        assert starts.input_value() == written
    starts.fill("2:30 PM")
    page.locator("[name=code]").fill("X")
    page.locator("form:has([name=starts]) button.btn").last.click()
    assert starts.evaluate("field => field.validationMessage") == wrong and page.url.endswith("/roster/settings")
    starts.fill("14:30")
    assert starts.evaluate("field => field.validity.valid")


@pytest.mark.parametrize(
    ("language", "choose", "none", "wanted"),
    [("vi", "Chọn tệp", "chưa chọn tệp", "Hãy chọn tệp trước."), ("en", "Choose a file", "no file chosen", "Choose a file first.")],
)
def test_a_file_is_chosen_in_the_pages_language(enter: Enter, tmp_path: Path, language: str, choose: str, none: str, wanted: str) -> None:
    page = enter("manager", language=language, size=PHONE)
    page.goto("/people/import")
    room, native = page.locator(".file-field"), page.locator("input[type=file]")
    assert room.inner_text().split("\n") == [choose, none]
    assert native.evaluate("field => field.labels.length") == 1 and native.get_attribute("title") == none
    described = native.get_attribute("aria-describedby").split()  # type: ignore[union-attr]
    assert page.locator(f"#{described[-1]}").inner_text() == none and len(described) == 2, "the help and the name"
    page.locator("main form button.btn-primary").click()
    assert native.evaluate("field => field.validationMessage") == wanted
    file = tmp_path / f"{'danh-sách-nhân-viên-' * 6}.csv"
    file.write_text("agent_id,name\n", encoding="utf-8")
    page.focus("[name=day]")
    with page.expect_file_chooser() as opened:  # by keyboard alone
        native.focus()
        page.keyboard.press("Space")
    opened.value.set_files(file)
    assert room.inner_text().split("\n") == [choose, file.name] and native.evaluate("field => field.validity.valid")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("form:has(input[type=file])").evaluate("form => form.reset()")
    page.wait_for_function("none => document.querySelector('.file-field').innerText.includes(none)", arg=none)
