"""News of versions and people becomes work: whoever a document concerns is asked, each once, whatever is killed."""

from __future__ import annotations

from uuid import UUID

from burgrave.jobs.terms import Args, Lease
from burgrave.ledger.terms import StoredRecord
from burgrave.people import queries as people
from burgrave.policies import commands, models
from burgrave.policies.queries.audiences import circle_of, parts_of
from burgrave.web.terms import system_actor

CHUNK = 1_000


def on_version_published(record: StoredRecord) -> None:
    """Whoever the document concerns is asked; a minor version asks nobody again."""
    commands.begin_asking(record.uuid("version_id"), is_major=bool(record.body["is_major"]), now=record.at)


def on_document_retired(record: StoredRecord) -> None:
    """Nobody confirms what holds no more."""
    commands.stop_asking(record.uuid("document_id"), now=record.at)


def on_person_changed(record: StoredRecord) -> None:
    """Somebody joined, moved, got or lost a role, or left."""
    commands.note_newcomer(record.uuid("person_id"), now=record.at)


def on_unit_moved(record: StoredRecord) -> None:
    """Everybody below the unit stands elsewhere: audiences by unit are other people now."""
    commands.renew_audiences(now=record.at)


def renew(lease: Lease, _args: Args) -> None:
    """Every audience is compared with who is asked: roles end and assets change hands without a word of people."""
    with lease.final_effects():
        commands.renew_audiences(now=lease.now())


def ask(lease: Lease, args: Args) -> None:
    """The whole audience of a document is asked, each person once, however often this begins again."""
    document_id = UUID(str(args["document_id"]))
    asking = models.Asking.objects.select_related("asked__document").filter(pk=document_id).first()
    version = commands.asking_version(asking) if asking else None
    if asking is None or version is None:
        return
    circle = circle_of(parts_of(document_id), is_sample=version.document.is_sample)
    total, done, asked, after = people.count_members(circle, now=lease.now()), 0, 0, None
    while some := people.members_after(circle, after, most=CHUNK, now=lease.now()):
        with lease.effects():
            asked += commands.ask_some(asking, version, some, now=lease.now())
        done, after = done + len(some), some[-1]
        lease.progress(done, max(done, total))
    with lease.final_effects():
        commands.finish_asking(asking, version, asked=asked, head_count=done, actor=system_actor(), now=lease.now())


def meet(lease: Lease, _args: Args) -> None:
    """Whoever joined, moved or left is asked what concerns them now."""
    while some := tuple(models.Newcomer.objects.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with lease.effects():
            commands.meet(some, actor=system_actor(), now=lease.now())
