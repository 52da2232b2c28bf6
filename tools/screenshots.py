"""Pictures of the pages for docs/screenshots: `chot up`, then `screenshots.py http://127.0.0.1:8000 [folder] [width] [language]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PASSWORD = "chot-demo-2026"  # noqa: S105 - the demo company's, printed at every start
FLAGS = ["--no-sandbox", "--disable-background-networking"]
PAGES = {
    "a03": ["kpi", "disputes", "announcements", "account"],
    "manager": ["team", "goals", "plans", "plans/1", "people", "facts"],
    "payroll": ["pay"],
    "admin": ["people/accounts", "audit"],
}


def sign_in(page: Page, username: str, language: str) -> None:
    """Sign in by the form, and choose the language."""
    page.goto("/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("nav.side", state="attached")
    if page.locator("html").get_attribute("lang") != language:
        page.locator("button[name=language]").click()
        page.wait_for_selector(f"html[lang={language}]")


def main(address: str, folder: str = "docs/screenshots", width: str = "1280", language: str = "vi") -> None:
    """One picture of every page."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for username, paths in PAGES.items():
            context = chromium.new_context(base_url=address, viewport={"width": int(width), "height": 844})
            page = context.new_page()
            sign_in(page, username, language)
            for path in paths:
                page.goto(f"/{path}")
                page.wait_for_timeout(400)
                page.screenshot(path=target / f"{username}-{path.replace('/', '-')}-{width}-{language}.png", full_page=True)
            context.close()
        chromium.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
