"""A drill with an attack that nobody can notice, and one with a false alarm: the drill itself must notice both."""

from __future__ import annotations

from collections.abc import Sequence

from burgrave.cli.drilling import playing
from burgrave.cli.drilling.terms import CONTROL, Attack


def attacks() -> Sequence[Attack]:
    from burgrave.cli.drilling.attacks import nothing, row_edit

    return [Attack(CONTROL, "changed all the same", row_edit), Attack("unseen", "nothing is changed", nothing)]


if __name__ == "__main__":
    playing.main(attacks)
