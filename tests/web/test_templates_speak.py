"""No template says a word that is not translated: what stands outside of tags, and what its attributes say."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.house.sources import ROOT

_TAGS = re.compile(
    r"\{%\s*comment\s*%\}.*?\{%\s*endcomment\s*%\}|\{%\s*blocktranslate\b.*?\{%\s*endblocktranslate\s*%\}|\{%\s*block width\s*%\}\w+(?=\{%)"
    r"|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}",
    re.DOTALL,
)
_SPOKEN = frozenset({"placeholder", "aria-label", "title", "alt", "data-confirm", "data-head", "data-ask", "data-live", "data-waiting", "data-failed"})
_WORD = re.compile(r"[^\W\d_]{2,}")
ANY_LANGUAGE = frozenset({
    "CSV", "XLSX", "Excel", "PDF", "JSON", "YAML", "SRTP",  # formats
    "Chốt", "English", "Tiếng", "Việt",  # the name, and the names of languages in themselves
    "mail", "Alt", "ms",  # E-mail, a key, a unit
})  # fmt: skip
WRITTEN_SO = frozenset({  # what is typed in a plan or stands in the first line of a file
    "steps", "quality_score >= 60%", "early_bird", "500000 if orders >= 40 else 0", "agent_id, metric, target",
})  # fmt: skip


class _Spoken(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [text for name, text in attrs if name in _SPOKEN and text]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def untranslated(template: str) -> list[str]:
    """Texts of a template that are the same in every language though they hold words."""
    read = _Spoken()
    read.feed(_TAGS.sub(" ", template))
    texts = [" ".join(text.split()) for text in read.texts]
    return [text for text in texts if text not in WRITTEN_SO and set(_WORD.findall(text)) - ANY_LANGUAGE]


def test_every_word_of_every_template_is_translated() -> None:
    found = {path.relative_to(ROOT).as_posix(): untranslated(path.read_text(encoding="utf-8")) for path in (ROOT / "src" / "chot").glob("*/templates/**/*.html")}
    assert len(found) > 100
    assert {path: texts for path, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<button>Save</button>", ["Save"]), ("<p>Chưa có gì</p>", ["Chưa có gì"]), ('<input placeholder="Name">', ["Name"]),
        ('<a class="btn" href="x">{% translate "Save" %}</a>', []), ("<td>{{ row.name }} (CSV)</td>", []),
        ("{% if a %}{% blocktranslate %}Kept{% endblocktranslate %}{% else %}lost{% endif %}", ["lost"]),
    ],
)  # fmt: skip
def test_a_word_that_is_not_translated_would_show(template: str, found: list[str]) -> None:
    assert untranslated(template) == found
