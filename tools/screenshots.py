"""The pictures in docs/images (`make screenshots`): a demo company whose clock stands still, in a real browser."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

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


def main() -> None:
    """Start the company, take every picture, stop it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        base = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(name)
        application = Application(copied(made(base), Path(name) / "var"), free_port())
        application.start()
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
                for language in LANGUAGES:
                    for username, size in dict.fromkeys((who, tuple(size.items())) for _name, who, _path, size in SHOTS):
                        pictures(chromium, application.address, language, username, dict(size))
                chromium.close()
        finally:
            application.stop()


def pictures(chromium: Browser, address: str, language: str, username: str, size: Any) -> None:
    """What one person sees at one width, as WebP."""
    context = chromium.new_context(base_url=address, viewport=size, locale="vi-VN", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(120_000)
    sign_in(page, username, language)
    for name, who, path, width in SHOTS:
        if (who, width) != (username, size):
            continue
        page.goto(path)
        if name == "agent-statement":
            page.locator("main a[href*='/statements/']").first.click()
            page.wait_for_url("**/statements/**")
        page.wait_for_timeout(700)
        target = IMAGES / f"{name}-{language}.webp"
        Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(target, "WEBP", quality=80, method=6)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes", flush=True)
    context.close()


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
