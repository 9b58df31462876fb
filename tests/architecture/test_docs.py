"""The documentation says what is so: settings, commands, metrics and links are checked against the code.

Each check is a function from text to complaints, so that a control can show that it complains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from prometheus_client import Counter, Gauge, Histogram

from services.cli.commands import build
from shared.runtime.metrics import Metrics
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
NOT_OURS = {"demain-data", "data", "dist", "node_modules", "screenshots"}
DATABASE_OF_ONE = "<SERVICE>_DATABASE_URL"
"""Read by name from the environment, so no field of Settings."""


def pages() -> list[Path]:
    """Every Markdown file of the repository."""
    found = (path for top in ROOT.iterdir() if not top.name.startswith(".") for path in _markdown(top))
    return sorted(found)


def _markdown(top: Path) -> Iterator[Path]:
    if top.is_dir() and top.name not in NOT_OURS:
        yield from top.rglob("*.md")
    elif top.suffix == ".md":
        yield top


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = text.partition(f"\n{heading}\n")[2].split("\n#")[0]
    lines = [line.strip().strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


# Settings


def settings_of_code() -> dict[str, str]:
    """Environment variable → its default, as the table writes it."""
    found = {DATABASE_OF_ONE: "unset"}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = (
            str(alias.choices[0]) if alias is not None and hasattr(alias, "choices") else f"DEMAIN_{name.upper()}"
        )
        found[variable] = {None: "unset", "": "empty"}.get(field.default, f"`{field.default}`")
    return found


def wrong_settings(text: str) -> list[str]:
    """What the table of settings says otherwise than the code."""
    told = {row[0].strip("`"): row[1] for row in rows(text, "## Settings")}
    real = settings_of_code()
    missing = [f"{name} is not documented" for name in real.keys() - told.keys()]
    invented = [f"{name} does not exist" for name in told.keys() - real.keys()]
    differing = [f"{n}: {told[n]} is not {real[n]}" for n in told.keys() & real.keys() if told[n] != real[n]]
    return sorted(missing + invented + differing)


def test_settings_are_documented_with_their_defaults() -> None:
    assert wrong_settings(OPERATIONS) == []


def test_control_a_setting_missing_invented_or_with_another_default() -> None:
    doctored = OPERATIONS.replace("`DEMAIN_HOST`", "`DEMAIN_HOSTS`").replace("| `8000` |", "| `8080` |")
    assert wrong_settings(doctored) == [
        "DEMAIN_HOST is not documented",
        "DEMAIN_HOSTS does not exist",
        "DEMAIN_PORT: `8080` is not `8000`",
    ]


# Metrics


def metrics_of_code() -> set[str]:
    """Names as they are scraped: prometheus_client adds ``_total`` to counters."""
    return {
        metric._name + ("_total" if isinstance(metric, Counter) else "")
        for metric in vars(Metrics()).values()
        if isinstance(metric, Counter | Gauge | Histogram)
    }


def wrong_metrics(text: str) -> list[str]:
    """Metrics of the table that are not measured, and the other way round."""
    return sorted({row[0].strip("`") for row in rows(text, "### Metrics")} ^ metrics_of_code())


def test_metrics_are_documented() -> None:
    assert wrong_metrics(OPERATIONS) == []


def test_metrics_are_named_as_they_are_scraped() -> None:
    scraped = Metrics().text().decode()
    assert [name for name in metrics_of_code() if f"# TYPE {name} " not in scraped] == []


def test_control_a_metric_missing_and_one_invented() -> None:
    assert wrong_metrics(OPERATIONS.replace("`demain_dirt` |", "`demain_dust` |")) == ["demain_dirt", "demain_dust"]


# Commands

CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
CALL = re.compile(r"\bdemain[ \t]+((?:--?[a-z-]+[ \t]+)*[a-z][a-z-]*(?:[ \t]+[a-z][a-z|-]*)?)(?![\w.])")


def unknown_commands(text: str) -> list[str]:
    """Calls of ``demain …`` in code that the command line does not know; ``list|show`` stands for each of them."""
    command_line = typer.main.get_command(build())
    found = []
    for code in CODE.findall(text):
        for call in CALL.findall(code):
            words = [word for word in call.split() if not word.startswith("-")]
            if not _exists(command_line, words):
                found.append(f"demain {call}")
    return found


def _exists(group: Any, words: list[str]) -> bool:
    if not words or not hasattr(group, "commands"):
        return True  # what follows are arguments
    known = [group.commands.get(one) for one in words[0].split("|")]
    return all(one is not None and _exists(one, words[1:]) for one in known)


def _calls(paths: Iterable[Path]) -> int:
    return sum(len(CALL.findall(code)) for path in paths for code in CODE.findall(path.read_text(encoding="utf-8")))


def test_commands_named_exist() -> None:
    assert {path.name: bad for path in pages() if (bad := unknown_commands(path.read_text(encoding="utf-8")))} == {}
    assert _calls(pages()) > 20  # they are found at all


@pytest.mark.parametrize(
    "call", ["demain fly", "demain search forget", "demain parked list|lose", ".venv/bin/demain fly"]
)
def test_control_a_command_that_is_none(call: str) -> None:
    assert len(unknown_commands(f"Say `{call}` and `demain search rebuild`, `demain parked list|show|retry`.")) == 1


# Links

LINK = re.compile(r"\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)|\b(?:src|srcset|href)=\"([^\"\s]+)\"")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = HEADING.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links of a page that lead nowhere, in the repository or on the page they name."""
    found = []
    prose = re.sub(r"```.*?```|`[^`\n]+`", "", text, flags=re.DOTALL)
    for target in (one or other for one, other in LINK.findall(prose)):
        if re.match(r"[a-z][a-z0-9+.-]*:|/", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or not there.is_relative_to(ROOT):
            found.append(target)
        elif anchor and there.suffix == ".md":
            content = text if there == page else there.read_text(encoding="utf-8")
            if anchor not in anchors(content):
                found.append(target)
    return found


def test_links_lead_somewhere() -> None:
    broken = {str(page.relative_to(ROOT)): broken_links(page, page.read_text(encoding="utf-8")) for page in pages()}
    assert {page: links for page, links in broken.items() if links} == {}


def test_control_links_that_lead_nowhere() -> None:
    page = ROOT / "README.md"
    text = (
        "# Here\n[a](LICENSE) [b](nowhere.md) [c](#here) [d](#there) [e](docs/operations.md#metrics)"
        ' [f](docs/operations.md#nothing) [g](https://example.org/nowhere.md) <img src="docs/images/none.png">'
    )
    assert broken_links(page, text) == ["nowhere.md", "#there", "docs/operations.md#nothing", "docs/images/none.png"]


# States


def untested(text: str) -> list[str]:
    """Tests that the table of states names and that are none."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", text)
    return [
        f"{file}::{test}"
        for file, test in named
        if not (path := ROOT / "tests" / file).is_file() or f"def {test}(" not in path.read_text(encoding="utf-8")
    ]


def test_every_state_has_its_test() -> None:
    states = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")
    assert len(re.findall(r"`[\w/]+\.py::\w+` \|$", states, re.MULTILINE)) == states.count("\n|") - 2
    assert untested(states) == []


def test_control_a_test_that_is_none() -> None:
    there = "`architecture/test_docs.py::test_every_state_has_its_test`"
    assert untested(f"{there} `architecture/test_docs.py::test_nothing` `no/such.py::test_x`") == [
        "architecture/test_docs.py::test_nothing",
        "no/such.py::test_x",
    ]
