"""``docs/measurements.md`` keeps what was measured at other times."""

from __future__ import annotations

from pathlib import Path

from tests.bench import page
from tests.bench.table import PER_SECOND, Row

MACHINE = (("Date", "2026-11-28"), ("Commit", "abc"))
ORDER = ("pages", "commands")


def test_a_measure_replaces_its_own_section_only(tmp_path: Path) -> None:
    written = tmp_path / "measurements.md"
    first = {name: page.section(MACHINE, [Row(f"{name}, then", PER_SECOND, [1.0, 2.0])]) for name in ORDER}
    page.write(written, first, ORDER)
    assert page.read(written) == first

    again = page.read(written) | {"commands": page.section(MACHINE, [Row("commands, now", PER_SECOND, [3.0])])}
    page.write(written, again, ORDER)
    text = written.read_text()
    assert "pages, then" in text
    assert "commands, now" in text
    assert "commands, then" not in text
    assert text.index("## pages") < text.index("## commands")


def test_what_is_no_measure_any_more_goes(tmp_path: Path) -> None:
    written = tmp_path / "measurements.md"
    page.write(written, {"pages": "- Date: then", "gone": "- Date: then"}, ORDER)
    assert list(page.read(written)) == ["pages"]


def test_a_page_of_one_table_has_no_sections(tmp_path: Path) -> None:
    written = tmp_path / "measurements.md"
    written.write_text("# Measurements\n\n| What |\n|---|\n| home |\n")
    assert page.read(written) == {}
    assert page.read(tmp_path / "missing.md") == {}
