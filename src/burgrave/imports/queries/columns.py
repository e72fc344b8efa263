"""Which columns a file has, and what each would fill."""

from __future__ import annotations

from uuid import UUID

from burgrave.engines.blobs import BlobError
from burgrave.engines.sheets import SheetError, guess, open_sheet
from burgrave.imports.errors import Unreadable
from burgrave.imports.queries.imports import content_of, one
from burgrave.imports.queries.targets import target
from burgrave.imports.terms import FileColumns, Reads
from burgrave.web.terms import Actor


def columns_of(import_id: UUID, *, actor: Actor) -> FileColumns:
    """The columns as the file is read now, with what was said of them, or guessed where nothing was.

    Raises NotFound, and Unreadable for a file that is no table.
    """
    view = one(import_id, actor=actor)
    wanted = target(view.row.target)
    if wanted.reads is not Reads.SHEET:
        raise Unreadable("this kind of file has no columns: it says itself what is what", mend="Check it at once.")
    try:
        sheet = open_sheet(content_of(import_id, actor=actor), choices=view.source.choices)
    except SheetError as error:
        mend = "Say how the file is read, or bring a mended one."
        raise Unreadable(error.said.sentence, words=error.said.words, mend=mend) from error
    except BlobError as error:
        raise Unreadable(str(error), mend="Say how the file is read, or bring a mended one.") from error
    said = view.source.mapped
    mapped = guess(sheet.header, wanted.fields(actor=actor)) if said is None else said
    used = set(mapped.places(sheet.header).values())
    return FileColumns(
        sheets=tuple(sheet.names),
        header=tuple(sheet.header),
        mapped=mapped,
        is_guessed=said is None,
        unused=tuple(name for place, name in enumerate(sheet.header) if place not in used),
        notes=tuple(sheet.notes),
    )
