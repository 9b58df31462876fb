"""Run as a process of its own, to be killed: applies, begins, swaps and drops, and tells each step when it is done."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from shared.search_index.port import IndexDocument, Upsert
from shared.search_index.tantivy_index import TantivyIndex


def upsert(number: int) -> Upsert:
    date = datetime(2025, 1, 1, tzinfo=UTC)
    return Upsert(IndexDocument(f"doc-{number}", number, "contribution", "fr", "Canal", "", "texte " * 50, date))


async def main(folder: Path) -> None:
    index = TantivyIndex(folder)
    await index.open()
    print("open", 0, flush=True)
    for generation in count(1):
        before = await index.live()
        name = f"g{generation}"
        await index.begin(name)
        for number in range(5):
            await index.apply([upsert(number)], generation=name)
        await index.swap(name)
        print("swapped", generation, flush=True)
        await index.drop(before)
        for number in range(5, 10):
            await index.apply([upsert(number)])
        print("filled", generation, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
