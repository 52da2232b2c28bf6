"""Both languages are complete: every message of code and templates has its Vietnamese, and nothing stale is kept."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest
from django.utils import translation

from tests.house.sources import ROOT


def messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("chot_messages", ROOT / "tools" / "messages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


APPS = list(messages().ROOMS)


@pytest.mark.parametrize("app", APPS)
def test_every_message_has_its_vietnamese(app: str) -> None:
    tool = messages()
    assert tool.untranslated(tool.catalogue(app, "vi")) == []


@pytest.mark.parametrize("app", APPS)
def test_the_catalogue_holds_exactly_the_messages_that_there_are(app: str) -> None:
    """When this fails: .venv/bin/python tools/messages.py update"""
    tool = messages()
    kept = {(each.id, each.context) for each in tool.catalogue(app, "vi") if each.id}
    assert kept == {(each.id, each.context) for each in tool.collected(app) if each.id}


def test_apps_agree_on_the_translation_of_a_message() -> None:
    """Django merges all catalogues, so one message has one translation."""
    tool = messages()
    said: dict[object, set[object]] = {}
    for app in APPS:
        for each in tool.catalogue(app, "vi"):
            if each.id:
                said.setdefault((each.id, each.context), set()).add(each.string)
    assert {message: words for message, words in said.items() if len(words) > 1} == {}


@pytest.mark.parametrize("app", APPS)
def test_a_message_is_said_as_its_catalogue_says(app: str) -> None:
    """No app of Django's that knows the same word has it said another way."""
    said = [each for each in messages().catalogue(app, "vi") if isinstance(each.id, str) and each.id]
    with translation.override("vi"):
        heard = [translation.pgettext(each.context, each.id) if each.context else translation.gettext(each.id) for each in said]
    assert said and [(each.id, each.string, text) for each, text in zip(said, heard, strict=True) if each.string != text] == []


def test_every_app_with_words_has_a_catalogue() -> None:
    tool = messages()
    apps = {path.parent.name for path in (ROOT / "src" / "chot").glob("*/apps.py")}
    assert apps == {room for app, more in tool.ROOMS.items() for room in (app, *more) if room != "config"}


def test_a_missing_translation_would_show() -> None:
    tool = messages()
    catalogue = tool.Catalog(locale="vi")
    catalogue.add("Pay", string="")
    catalogue.add("%(count)s people", string="nhiều người")
    assert tool.untranslated(catalogue) == ["Pay", "%(count)s people"]
