"""Build the fonts of printed documents from the Inter that the pages use: `.venv/bin/python tools/print_fonts.py`.

The npm package holds variable WOFF2 files in subsets; a PDF embeds a static TrueType font. Digits become the
font's tabular ones, so that amounts stand under each other without a shaping engine.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
INTER = ROOT / "node_modules" / "@fontsource-variable" / "inter" / "files"
FONTS = ROOT / "src" / "chot" / "printing" / "fonts"
WEIGHTS = {"Inter-Regular.ttf": 400, "Inter-SemiBold.ttf": 600}
SUBSETS = ("latin", "latin-ext", "vietnamese")
_LAYOUT = ("GSUB", "GPOS", "GDEF", "STAT")  # read by shaping engines only


def build() -> None:
    """Both weights, each file complete before it has its name."""
    if not INTER.is_dir():
        sys.exit("chot: the fonts of printed documents come from node_modules, which is not there yet. Run `make setup`")
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    FONTS.mkdir(exist_ok=True)
    for name, weight in WEIGHTS.items():
        with tempfile.TemporaryDirectory(dir=FONTS) as folder:
            parts = [_part(subset, weight, Path(folder)) for subset in SUBSETS]
            merged = Merger().merge([str(part) for part in parts])
            _named(merged, name.removesuffix(".ttf"))
            merged["head"].modified = merged["head"].created
            merged.recalcTimestamp = False
            merged.save(Path(folder) / name)
            (Path(folder) / name).replace(FONTS / name)


def _part(subset: str, weight: int, folder: Path) -> Path:
    """One subset at one weight, as TrueType with tabular digits."""
    font = TTFont(INTER / f"inter-{subset}-wght-normal.woff2")
    tabular = _tabular(font)
    font = instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
    for table in font["cmap"].tables:
        table.cmap = {code: tabular.get(glyph, glyph) if chr(code).isdigit() else glyph for code, glyph in table.cmap.items()}
    for name in _LAYOUT:
        if name in font:
            del font[name]
    font.flavor = None
    path = folder / f"{subset}.ttf"
    font.save(path)
    return path


def _tabular(font: TTFont) -> dict[str, str]:
    """The tabular glyph of each glyph that has one, by the font's feature ``tnum``."""
    layout = font["GSUB"].table
    places = {place for each in layout.FeatureList.FeatureRecord if each.FeatureTag == "tnum" for place in each.Feature.LookupListIndex}
    found: dict[str, str] = {}
    for place in sorted(places):
        for table in layout.LookupList.Lookup[place].SubTable:
            found |= getattr(table, "ExtSubTable", table).mapping
    return found


def _named(font: TTFont, name: str) -> None:
    family, _, style = name.partition("-")
    for place, text in ((1, family), (2, style), (3, name), (4, f"{family} {style}"), (6, name)):
        font["name"].setName(text, place, 3, 1, 0x409)


if __name__ == "__main__":
    build()
