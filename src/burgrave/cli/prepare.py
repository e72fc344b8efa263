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
    """
    from burgrave.engines.preparing import prepare as compile_loops

    began = time.perf_counter()
    done = compile_loops(on_compiling=lambda: None if as_json else click.echo("Compiling loops", err=True))
    seconds = time.perf_counter() - began
    note_prepared()
    if as_json:
        click.echo(json.dumps({"loops": done.loops, "compiled": done.compiled, "seconds": round(seconds, 1)}))
    elif done.compiled:
        click.echo(f"compiled {done.compiled} of {done.loops} loops in {seconds:.1f} s")
    else:
        click.echo(f"all {done.loops} loops were compiled before")
