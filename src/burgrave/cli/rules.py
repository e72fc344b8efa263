"""`burgrave rules`: Sigma rules, in a terminal and for scripts."""

from __future__ import annotations

import click

from burgrave.cli.main import Entry, LazyGroup


class RulesGroup(LazyGroup):
    """The commands about rules, each imported only when it is called."""

    entries = {
        "coverage": Entry("burgrave.cli.ruling.commands", "coverage", "Say what rules hear in event files."),
        "lint": Entry("burgrave.cli.ruling.commands", "lint", "Say what is wrong or odd about rules."),
        "test": Entry("burgrave.cli.ruling.commands", "test_rules", "Say whether the samples of rules behave."),
        "try": Entry("burgrave.cli.ruling.trying", "try_rules", "Say what rules would have found in kept events."),
        "attack": Entry("burgrave.cli.ruling.releasing", "attack", "Bring a release of ATT&CK."),
        "layer": Entry("burgrave.cli.ruling.releasing", "layer", "Bring a layer of the ATT&CK Navigator."),
        "import": Entry("burgrave.cli.detection_rules", "import_rules", "Bring rules into the library."),
    }


@click.group(cls=RulesGroup)
def rules() -> None:
    """Work on Sigma rules."""
