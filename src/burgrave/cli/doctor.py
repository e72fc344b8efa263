"""`burgrave doctor`: what is missing or unsafe in this installation, each with its mend."""

from __future__ import annotations

import json
import sys

import click

from burgrave.site import boot


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(form: str) -> None:
    """Look at the installation and say what is missing or unsafe. Exit code 1 when something must be mended."""
    boot.boot()
    from burgrave.site import health

    findings = health.examine()
    if form == "json":
        click.echo(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.verdict.value:<7} {finding.what}: {finding.found}")
            if finding.mend:
                click.echo(f"        mend: {finding.mend}")
    sys.exit(1 if any(finding.verdict is health.Verdict.BAD for finding in findings) else 0)
