"""Both languages are complete: every message of code and templates has its Vietnamese, and nothing stale is kept."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from tests.house.sources import ROOT


def messages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("chot_messages", ROOT / "tools" / "messages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_message_has_its_vietnamese() -> None:
    tool = messages()
    assert tool.untranslated(tool.catalogue("vi")) == []


def test_the_catalogue_holds_exactly_the_messages_that_there_are() -> None:
    """When this fails: .venv/bin/python tools/messages.py update"""
    tool = messages()
    kept = {(each.id, each.context) for each in tool.catalogue("vi") if each.id}
    assert kept == {(each.id, each.context) for each in tool.collected() if each.id}


def test_a_missing_translation_would_show() -> None:
    tool = messages()
    catalogue = tool.Catalog(locale="vi")
    catalogue.add("Pay", string="")
    catalogue.add("%(count)s people", string="nhiều người")
    assert tool.untranslated(catalogue) == ["Pay", "%(count)s people"]
