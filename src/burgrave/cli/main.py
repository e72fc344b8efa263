"""The `burgrave` command. A command's module is imported only when that command is called."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Final

import click

from burgrave import __version__


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command stands, and the line about it that the list of commands shows."""

    module: str
    attribute: str
    line: str


COMMANDS: Final[dict[str, Entry]] = {
    "checks": Entry("burgrave.cli.checks", "checks", "See and run the checks of measures."),
    "detect": Entry("burgrave.cli.detect", "detect", "Run Sigma rules over event files."),
    "doctor": Entry("burgrave.cli.doctor", "doctor", "Look at the installation and say what must be mended."),
    "drill": Entry("burgrave.cli.drill", "drill", "Play attacks on a copy and see who refuses them."),
    "frameworks": Entry("burgrave.cli.frameworks", "frameworks", "Load standards as lists of requirements."),
    "hunt": Entry("burgrave.cli.hunt", "hunt", "Ask kept events, or event files, with SQL."),
    "isms": Entry("burgrave.cli.isms", "isms", "See what is due and decided, write a review pack."),
    "jobs": Entry("burgrave.cli.jobs", "jobs", "See, retry and cancel background jobs."),
    "ledger": Entry("burgrave.cli.ledger", "ledger", "Verify and read the ledger."),
    "listen": Entry("burgrave.cli.listen", "listen", "Hear log sources that send syslog, follow files."),
    "norms": Entry("burgrave.cli.norms", "norms", "Lint norms in Markdown and take them apart."),
    "prepare": Entry("burgrave.cli.prepare", "prepare", "Compile what reads large event files, ahead of them."),
    "rules": Entry("burgrave.cli.rules", "rules", "Work on Sigma rules."),
    "schedules": Entry("burgrave.cli.schedules", "schedules", "See what is due, and begin it now."),
    "search": Entry("burgrave.cli.search", "search", "Work on the index of the search."),
    "sample": Entry("burgrave.cli.sample", "sample", "Load a made-up enterprise to look around in, or remove it."),
    "serve": Entry("burgrave.cli.serve", "serve", "Serve the pages and run the jobs."),
    "setup": Entry("burgrave.cli.setup", "setup", "Set up the first unit and the first person."),
    "standing": Entry("burgrave.cli.frameworks", "standing", "Print how requirements stand on a day."),
    "verify": Entry("burgrave.cli.verify", "verify", "Verify an evidence bundle offline."),
    "report": Entry("burgrave.cli.report", "report", "Write a report into a file."),
    "policies": Entry("burgrave.cli.policies", "policies", "Bring policies and norms in, see who confirmed them."),
    "people": Entry("burgrave.cli.people", "people", "Ask who may do what, and why."),
    "assets": Entry("burgrave.cli.assets", "assets", "Work on the inventory of information assets."),
    "witness": Entry("burgrave.cli.witness", "witness", "Witness the ledgers of other installations."),
}


class LazyGroup(click.Group):
    """A group whose commands are named by a table and imported one at a time."""

    entries: dict[str, Entry] = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.module}.{entry.attribute} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, so that help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.entries[name].line) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="burgrave")
def main() -> None:
    """Burgrave runs the information-security office of an enterprise.

    `burgrave COMMAND --help` tells more about a command.
    """
