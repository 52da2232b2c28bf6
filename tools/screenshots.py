"""The pictures in docs/images (`make screenshots`): a demo company whose clock stands still, in a real browser."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import screenshots_calls  # noqa: E402

from chot.telephony.installation import find  # noqa: E402
from tests.e2e.company import made  # noqa: E402
from tests.e2e.conftest import DESK, FLAGS, PASSWORD, PHONE, Application, free_port  # noqa: E402
from tests.made_once import copied  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SHOTS: list[tuple[str, str, str, Any]] = [
    ("agent-kpi", "a05", "/kpi?period=2026-10", PHONE),
    ("agent-announcement", "a05", "/announcements", PHONE),
    ("agent-statement", "a05", "/kpi?period=2026-10", PHONE),
    ("leader-team", "a02", "/team", DESK),
    ("leader-live", "a02", "/team/live", DESK),
    ("manager-goals", "manager", "/goals", DESK),
    ("manager-plan", "manager", "/plans/3?findings=1", DESK),
    ("payroll-runs", "payroll", "/pay", DESK),
    ("admin-people", "admin", "/people", DESK),
    ("auditor-audit", "auditor", "/audit", DESK),
]
"""Name, who looks, where, and how wide; every one in Vietnamese and in English."""
LANGUAGES = ("vi", "en")
TELEPHONY = ROOT / ".venv" / "telephony"


def main() -> None:
    """Start the company with its exchange, take every picture, stop it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        base = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(name)
        application = Application(copied(made(base), Path(name) / "v"), free_port())
        if find(TELEPHONY):
            (application.var / "asterisk").symlink_to(TELEPHONY / "asterisk")
        application.start()
        try:
            with sync_playwright() as playwright:
                for language in LANGUAGES:
                    look(playwright, application, language)
        finally:
            application.stop()


def look(playwright: Playwright, application: Application, language: str) -> None:
    """Every picture in one language; those of a call where there is an exchange."""

    def enter(chromium: Browser, username: str, size: dict[str, int]) -> Page:
        context = chromium.new_context(base_url=application.address, viewport=size, locale="vi-VN", reduced_motion="reduce")  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(120_000)
        sign_in(page, username, language)
        return page

    def save(page: Page, name: str) -> None:
        target = IMAGES / f"{name}-{language}.webp"
        Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(target, "WEBP", quality=80, method=6)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes", flush=True)

    chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
    for username, size in dict.fromkeys((who, tuple(size.items())) for _name, who, _path, size in SHOTS):
        page = enter(chromium, username, dict(size))
        for name, path in ((name, path) for name, who, path, width in SHOTS if (who, width) == (username, dict(size))):
            page.goto(path)
            if name == "agent-statement":
                page.locator("main a[href*='/statements/']").first.click()
                page.wait_for_url("**/statements/**")
            page.wait_for_timeout(700)
            save(page, name)
        page.context.close()
    chromium.close()
    if (application.var / "asterisk").exists():
        screenshots_calls.pictures(playwright, application.var, enter, save)


def sign_in(page: Page, username: str, language: str) -> None:
    """Sign in by the form, and choose the language."""
    page.goto("/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("nav.side", state="attached")
    if page.locator("html").get_attribute("lang") != language:
        page.locator("button[name=language]").first.click()
        page.wait_for_selector(f"html[lang={language}]")


if __name__ == "__main__":
    main()
