"""The process in which a question is asked for a file: it seeks once, and what it finds leaves as a stream of Arrow."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import pyarrow as pa

from burgrave.engines.hunting import asking, cell
from burgrave.engines.hunting.running import Hunt
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.terms import BATCH_ROWS, Extent, Range


def _give(asked: dict[str, Any], limits: HuntLimits) -> None:
    span = Range(*(None if each is None else datetime.fromisoformat(each) for each in asked["span"]))
    extent, most = Extent(asked["extent"]), asked["most"]
    with Hunt(Sources(**asked["sources"]), asking.read(asked["question"]), span, limits=limits) as hunt:
        schema, batches = hunt.batches(asked["columns"], extent=extent, most=most, size=BATCH_ROWS)
        with pa.ipc.new_stream(sys.stdout.buffer, schema) as out:
            for batch in batches:
                out.write_batch(batch)


if __name__ == "__main__":
    cell.answer(_give)
