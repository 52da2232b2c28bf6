"""The pages' words: `messages.py update` collects them into the catalogue, `compile` makes what Django reads.

Django's own commands need the gettext programs, which a fresh machine lacks; Babel does the same in Python.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "chot"
KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "_": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "gettext_noop": None,
}  # fmt: skip
ROOMS = {
    "people": (), "customers": (), "switchboard": (), "campaigns": (), "charges": (), "calls": (), "recordings": (), "quality": (),
    "feed": (), "performance": (), "pay": (), "api": (), "web": ("config", "jobs"),
}  # fmt: skip
"""Each app with a catalogue of its own, and the rooms without one whose words it keeps."""


def messages(app: str) -> Iterator[tuple[str | tuple[str, ...], str | None, str]]:
    """Every message of an app's code and templates, with its context and where it stands."""
    for room in (app, *ROOMS[app]):
        for path in sorted((PACKAGE / room).rglob("*")):
            if path.suffix in (".html", ".txt") and "templates" in path.parts:
                code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
                yield from _found("\n".join(line.lstrip() for line in code.split("\n")), path)  # its indents mean nothing
            elif path.suffix == ".py" and "migrations" not in path.parts:
                yield from _found(path.read_text(encoding="utf-8"), path)


def path_of(app: str, language: str) -> Path:
    """Where an app keeps its catalogue."""
    return PACKAGE / app / "locale" / language / "LC_MESSAGES" / "django.po"


def _found(source: str, path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None, str]]:
    stream = io.BytesIO(source.encode())
    for _line, name, given, _comments in extract_python(stream, KEYWORDS, [], {"encoding": "utf-8"}):
        texts = [given] if isinstance(given, str) else [str(each) for each in given or () if each]  # type: ignore[redundant-expr]
        if not texts:
            continue
        context = texts.pop(0) if str(name).startswith("pgettext") else None
        plural = str(name).startswith("ngettext")
        if texts and texts[0]:
            yield (tuple(texts[:2]) if plural else texts[0]), context, str(path.relative_to(PACKAGE))


def catalogue(app: str, language: str) -> Catalog:
    """An app's catalogue as it is kept."""
    path = path_of(app, language)
    if not path.exists():
        return Catalog(locale=language, project="Chốt", header_comment="# Vietnamese for the pages of Chốt.", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def collected(app: str) -> Catalog:
    """The messages that there are now in an app, without translations."""
    found = Catalog(charset="utf-8")
    for text, context, place in messages(app):
        found.add(text, locations=[(place, 0)], context=context)
    return found


def update(app: str, language: str) -> list[str]:
    """Bring an app's catalogue to the messages that there are; those without a translation.

    A message that another app has translated already is translated the same.
    """
    kept = catalogue(app, language)
    kept.update(collected(app), no_fuzzy_matching=True, update_creation_date=False)
    kept.obsolete.clear()
    for other in (catalogue(name, language) for name in ROOMS if name != app):
        for each in kept:
            known = other.get(each.id, each.context) if each.id and not _whole(each.string) else None
            each.string = known.string if known else each.string
    path = path_of(app, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, kept, width=0, sort_output=True, omit_header=False, include_lineno=False)
    return untranslated(kept)


def untranslated(kept: Catalog) -> list[str]:
    """The messages without a translation, or with other placeholders than the message."""
    return [str(each.id) for each in kept if each.id and (not _whole(each.string) or _placeholders(each.id) != _placeholders(each.string))]


def _whole(text: object) -> bool:
    return bool(text) and (isinstance(text, str) or all(text))  # type: ignore[arg-type]


def _placeholders(text: object) -> set[str]:
    return {found for each in ([text] if isinstance(text, str) else list(text)) for found in re.findall(r"%\(\w+\)[sd]", each)}  # type: ignore[call-overload]


def compile_all() -> None:
    """Write the ``.mo`` file of every catalogue."""
    for path in PACKAGE.glob("*/locale/*/LC_MESSAGES/django.po"):
        with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source, locale=path.parts[-3]))


def merge(app: str, language: str, given: dict[str, str]) -> None:
    """Put translations into an app's catalogue."""
    kept = catalogue(app, language)
    for each in kept:
        if isinstance(each.id, str) and each.id in given:
            each.string = given[each.id]
    with path_of(app, language).open("wb") as file:
        write_po(file, kept, width=0, sort_output=True, include_lineno=False)


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        missing = [f"{name}: {text}" for name in ROOMS for text in update(name, "vi")]
        print("\n".join(missing) or "every message has a translation")
    compile_all()
