"""What this ledger's own key says about its checkpoints and records, looked at anew for each page."""

from __future__ import annotations

from burgrave.custody import models
from burgrave.custody.queries.keeping import verifier
from burgrave.custody.terms import AnchorKind, SignedCheckpoint
from burgrave.engines.note import NoteError, open_note
from burgrave.ledger import queries as ledger
from burgrave.ledger.errors import ForeignKey
from burgrave.ledger.terms import CheckpointRow, Growth, RecordVerified


def checkpoints(*, before: int | None = None, size: int = 50) -> tuple[tuple[SignedCheckpoint, ...], int | None]:
    """Checkpoints, the largest first, each with whether its signature holds and who outside holds as much; two queries.

    The second value is the size below which the next stretch begins, None at the end.
    """
    rows, older = ledger.checkpoints(before=before, size=size)
    held = list(models.Anchor.objects.filter(size__gt=0).order_by("kind", "name").values_list("kind", "name", "size"))
    return tuple(
        SignedCheckpoint(
            row=row,
            is_signed=_is_signed(row),
            held_by=tuple((AnchorKind(kind), name) for kind, name, reached in held if reached >= row.size),
        )
        for row in rows
    ), older


def verified_growth(old_size: int, new_size: int) -> Growth:
    """The larger checkpoint continues the smaller one, and both are signed.

    Raises as `ledger.queries.growth` does, and ForeignKey.
    """
    growth = ledger.growth(old_size, new_size)
    for row in (growth.old, growth.new):
        if not _is_signed(row):
            raise ForeignKey(f"the checkpoint of {row.size} entries is not signed by {verifier().name}")
    return growth


def verified_record(position: int) -> RecordVerified:
    """One record is sound, up to the signature of the newest checkpoint. Raises as `ledger.queries.verify_record`."""
    return ledger.verify_record(position, verifier=verifier())


def _is_signed(row: CheckpointRow) -> bool:
    try:
        text = open_note(row.note, verifier=verifier())
    except NoteError:
        return False
    return text.startswith(f"{verifier().name}\n{row.size}\n")
