"""What the command line says of tables as CSV."""

from __future__ import annotations

from pathlib import Path

import click

from burgrave.engines.events import LogSource
from burgrave.engines.events.tables import BadTable, Clock, TableMapping, Tables, mapping_of, reader_of

PARTS = 3


def tables_of(files: tuple[Path, ...], *, time: str | None, form: str, zone: str, source: str) -> Tables:
    """The mappings of these files, then the one of the options. Raises UsageError."""
    known = [_read(path) for path in files]
    if time is None:
        if form or source:
            raise click.UsageError(
                "--csv-format and --csv-source say more of the table that --csv-time names a column of"
            )
        return Tables(known=tuple(known))
    parts = source.split("/") if source else []
    if len(parts) > PARTS:
        raise click.UsageError(f"--csv-source is PRODUCT/CATEGORY/SERVICE, each may be empty; got {source!r:.80}")
    try:
        reader_of(form, zone)
        clock = Clock(columns=(time,), form=form, zone=zone)
        known.append(TableMapping(clock=clock, log_source=LogSource(*(each.strip().lower() for each in parts))))
    except BadTable as refusal:
        raise click.UsageError(f"reading tables as CSV: {refusal}") from refusal
    return Tables(known=tuple(known))


def _read(path: Path) -> TableMapping:
    try:
        return mapping_of(path.read_bytes())
    except (OSError, BadTable) as fault:
        raise click.UsageError(f"reading the event mapping {path}: {fault}") from fault
