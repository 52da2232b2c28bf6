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
LOCALE = PACKAGE / "web" / "locale"
KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "_": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "gettext_noop": None,
}  # fmt: skip
ROOMS = ("config", "people", "performance", "pay", "web", "jobs")


def messages() -> Iterator[tuple[str | tuple[str, ...], str | None, str]]:
    """Every message of the application's code and templates, with its context and where it stands."""
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*")):
            if path.suffix in (".html", ".txt") and "templates" in path.parts:
                code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
                yield from _found("\n".join(line.lstrip() for line in code.split("\n")), path)  # its indents mean nothing
            elif path.suffix == ".py" and "migrations" not in path.parts:
                yield from _found(path.read_text(encoding="utf-8"), path)


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


def catalogue(language: str) -> Catalog:
    """The catalogue as it is kept."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale=language, project="Chốt", header_comment="# Vietnamese for the pages of Chốt.", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def collected() -> Catalog:
    """The messages that there are now, without translations."""
    found = Catalog(charset="utf-8")
    for text, context, place in messages():
        found.add(text, locations=[(place, 0)], context=context)
    return found


def update(language: str) -> list[str]:
    """Bring the catalogue to the messages that there are; those without a translation."""
    kept = catalogue(language)
    kept.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    kept.obsolete.clear()
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
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
    for path in LOCALE.glob("*/LC_MESSAGES/django.po"):
        with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source, locale=path.parts[-3]))


def merge(language: str, given: dict[str, str]) -> None:
    """Put translations into the catalogue."""
    kept = catalogue(language)
    for each in kept:
        if isinstance(each.id, str) and each.id in given:
            each.string = given[each.id]
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("wb") as file:
        write_po(file, kept, width=0, sort_output=True, include_lineno=False)


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        missing = update("vi")
        print("\n".join(missing) or "every message has a translation")
    compile_all()
