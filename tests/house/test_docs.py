"""The examples of the pages run. The word after the fence's language says how:

    ```python           a doctest; the blocks of one page share their names
    ```yaml plan        loads as a plan, beside the page's ``csv`` files
    ```yaml metrics     loads as a company's own metrics
    ```yaml mapping     loads as a mapping
    ```csv targets.csv  is written under that name
    ```console          every ``$ chot …`` names a command and options that exist
    ```console demo     the same, and it is run beside ``demo/``, the demo company up to October 2026; where output is
                        shown it is what comes out (``...`` stands for anything). ``console demo fails``: exit code 1
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.house.sources import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)  # ```yaml plan … ```
OUTPUT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)")  # [text](path#heading)


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@dataclass(frozen=True)
class Block:
    """One fenced example: its page, first line, language, further words, and text."""

    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{_id(self.page)}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    """The fenced examples of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        yield Block(page, text.count("\n", 0, match.start()) + 1, match[1], tuple(match[2].split()), match[3])


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def _blocks(language: str, *words: str) -> list[object]:
    chosen = [block for block in BLOCKS if block.language == language and set(words) <= set(block.words)]
    return [pytest.param(block, id=str(block)) for block in chosen]


def commands(block: Block) -> Iterator[tuple[list[str], str]]:
    """The ``$ chot …`` commands of a console block (a trailing backslash continues one), each with the output shown."""
    for part in re.split(r"^\$ ", block.text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        words = shlex.split(command, comments=True)
        if words and words[0].rpartition("/")[2] == "chot":
            yield words[1:], output


@pytest.mark.parametrize("page", [page for page in PAGES if any(b.language == "python" and b.page == page for b in BLOCKS)], ids=_id)
def test_python_examples(page: Path) -> None:
    """What is shown is what comes out."""
    text = "\n".join(block.text for block in blocks_of(page) if block.language == "python")
    example = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=OUTPUT)
    said: list[str] = []
    runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)


@pytest.mark.parametrize("block", _blocks("yaml", "plan"))
def test_plans_load(block: Block, tmp_path: Path) -> None:
    """A plan shown is a plan accepted."""
    from chot.kpi.plan_loading import load_plan

    for each in blocks_of(block.page):
        if each.language == "csv" and each.words:
            (tmp_path / each.words[0]).write_text(each.text, encoding="utf-8")
    path = tmp_path / "plan.yaml"
    path.write_text(block.text, encoding="utf-8")
    assert load_plan(path).items


@pytest.mark.parametrize("block", _blocks("yaml", "metrics"))
def test_custom_metrics_load(block: Block, tmp_path: Path) -> None:
    """Metrics shown are metrics accepted."""
    from chot.kpi.catalogue import METRICS
    from chot.kpi.custom_metrics import load_custom_metrics

    path = tmp_path / "metrics.yaml"
    path.write_text(block.text, encoding="utf-8")
    assert set(load_custom_metrics(path, METRICS)) - set(METRICS)


@pytest.mark.parametrize("block", _blocks("yaml", "mapping"))
def test_mappings_load(block: Block) -> None:
    """A mapping shown is a mapping accepted."""
    from chot.facts import mapping

    assert mapping.parse(block.text, file=str(block))


@pytest.mark.parametrize("block", _blocks("yaml"))
def test_every_yaml_example_is_yaml(block: Block) -> None:
    """Fragments, too."""
    assert yaml.safe_load(block.text) is not None


@pytest.mark.parametrize("block", _blocks("console"))
def test_commands_exist(block: Block) -> None:
    """Every command shown, and every option, is one that ``chot`` has."""
    import typer

    from chot.cli.main import app

    for words, _ in commands(block):
        command = typer.main.get_command(app)
        rest = list(words)
        while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
            assert rest[0] in command.commands, f"chot {shlex.join(words)}"
            command = command.commands[rest.pop(0)]
        known = {"--help", *(name for option in command.params for name in (*option.opts, *option.secondary_opts))}
        unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
        assert unknown == [], f"chot {shlex.join(words)}"


def _chot(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"CHOT_TODAY": "2026-11-22", "COLUMNS": "120", "NO_COLOR": "1"}
    run = [sys.executable, "-m", "chot", *words]
    return subprocess.run(run, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``demo/``, as ``make run`` makes it."""
    folder = tmp_path_factory.mktemp("docs")
    made = _chot(["demo", "facts", "--data", "demo", "--end", "2026-10"], folder)
    assert made.returncode == 0, made.stdout
    return folder


@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS if "demo" in block.words}), ids=_id)
def test_console_examples(page: Path, demo: Path) -> None:
    """The commands of a page run in order; what is shown is what comes out."""
    checker = doctest.OutputChecker()
    for block in blocks_of(page):
        if block.language != "console" or "demo" not in block.words:
            continue
        for words, shown in commands(block):
            done = _chot(words, demo)
            assert done.returncode == ("fails" in block.words), f"{block}: chot {shlex.join(words)}\n{done.stdout}"
            same = not shown.strip() or checker.check_output(shown, done.stdout, OUTPUT)
            assert same, f"{block} (READMEs: tools/write_readme_excerpts.py)\n{done.stdout}"


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_lead_somewhere(page: Path) -> None:
    """A link inside the project names a file that is there."""
    targets = [match[1] for match in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))) if match[1]]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_files_named_are_there(name: str) -> None:
    """A path in code type is a path of the project, or one below src/chot."""
    named = re.findall(r"`((?:\w+/)+[\w.]*)`", (ROOT / name).read_text(encoding="utf-8"))
    assert [path for path in named if not ((ROOT / path).exists() or (ROOT / "src" / "chot" / path).exists())] == []


def test_both_readmes_show_the_same() -> None:
    """The two languages have the same commands, in the same order."""
    english, vietnamese = (
        [[words for words, _ in commands(block)] for block in blocks_of(ROOT / name) if block.language == "console"]
        for name in ("README.md", "README.vi.md")
    )
    without_language = [[[word for word in words if word not in ("--lang", "en", "vi")] for words in block] for block in english]
    assert without_language == [[[word for word in words if word not in ("--lang", "en", "vi")] for words in block] for block in vietnamese]
