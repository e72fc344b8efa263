"""`burgrave verify`: an evidence bundle is verified offline, without a server, an account or a database."""

from __future__ import annotations

import sys

import click


@click.command()
@click.argument("bundle", type=click.Path(dir_okay=False))
@click.option(
    "--key",
    required=True,
    metavar="FINGERPRINT",
    help="The fingerprint of the log's key, SHA256:…; it must not come from the bundle itself.",
)
def verify(bundle: str, key: str) -> None:
    """Verify an evidence BUNDLE and say so, item by item.

    Exit code 0 when everything is verified, 1 when anything is not, 2 when the call is wrong.
    """
    from burgrave.engines.evidence.__main__ import main

    sys.exit(main([f"--key={key}", "--", bundle]))
