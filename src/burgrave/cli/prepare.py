"""`burgrave prepare`: loops over bytes are compiled before the first large event file comes."""

from __future__ import annotations

import json
import time

import click

from burgrave.cli.prepared import note_prepared


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def prepare(*, as_json: bool) -> None:
    """Compile the loops that read and match events, and keep them on disk.

    That takes about half a minute, once for each version and each kind of processor; a worker does it by itself when it
    starts. Run it after installing, as whoever may write to the program's folder, and those who may not find it done.
    What was compiled of other versions is removed, which does no harm to processes that still run them.
    """
    from burgrave.engines import preparing

    began = time.perf_counter()
    done = preparing.prepare(on_compiling=lambda: None if as_json else click.echo("Compiling loops", err=True))
    seconds = time.perf_counter() - began
    gone = preparing.forget_others()
    note_prepared()
    if as_json:
        told = {"loops": done.loops, "compiled": done.compiled, "seconds": round(seconds, 1)}
        click.echo(json.dumps(told | {"removed": gone.files, "removed_bytes": gone.size_bytes}))
        return
    if done.compiled:
        click.echo(f"compiled {done.compiled} of {done.loops} loops in {seconds:.1f} s")
    else:
        click.echo(f"all {done.loops} loops were compiled before")
    if gone.files:
        click.echo(f"removed {gone.files:,} files that were compiled of other versions, {gone.size_bytes / 1e6:.1f} MB")
