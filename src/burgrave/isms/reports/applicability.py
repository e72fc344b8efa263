"""The Statement of Applicability as a report."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from burgrave.engines.reports import Block, Code, Column, Document, Facts, Heading, Notice, NoticeTone, Paragraph, Table
from burgrave.isms import commands, queries, words
from burgrave.isms.terms.applicability import ApplicabilityState, Applies, SoaRow, SoaVersion, SoaView
from burgrave.isms.terms.records import soa_subject
from burgrave.people import queries as people
from burgrave.web import reports
from burgrave.web.terms import Actor


def statement_of_applicability(
    format_: reports.Format, soa_id: UUID, *, actor: Actor, now: datetime
) -> reports.Written:
    """The version as a file, recorded with its digest. Raises NotFound, BadInput."""
    view = queries.soa(soa_id, actor=actor)
    version = view.version
    written = reports.write(
        _document(view, actor=actor, now=now),
        _sheet(view),
        format_,
        slug=f"soa-{version.framework.lower()}-{version.version}",
    )
    commands.record_report(
        "statement-of-applicability",
        about=soa_subject(version.framework_id),
        unit_id=version.unit_id,
        format_=format_,
        sha256=written.sha256,
        size_bytes=len(written.data),
        actor=actor,
        now=now,
    )
    return written


def _sheet(view: SoaView) -> reports.Sheet:
    return reports.Sheet(
        name=view.version.framework[:30],
        header=(
            _("Requirement"),
            _("Title"),
            _("Applies"),
            _("Reason"),
            _("Decided by"),
            _("Standing"),
            _("Asserted"),
            _("Measures"),
            _("Last proven on"),
            _("Valid until"),
        ),
        rows=tuple(
            (
                each.identifier,
                words.soa_title(each),
                str(words.APPLIES[each.applies].word),
                each.reason,
                each.decided_by,
                words.standing_word(each.standing),
                words.standing_word(each.asserted),
                _measures(each),
                each.proven_on,
                each.valid_until,
            )
            for each in view.rows
        ),
    )


def _document(view: SoaView, *, actor: Actor, now: datetime) -> Document:
    version = view.version
    organisation = people.organisation()
    counts = Counter(each.applies for each in view.rows)
    return reports.document(
        title=_("Statement of Applicability"),
        subtitle=f"{version.framework_title} ({version.framework})",
        organisation=organisation.name if organisation else "",
        cover=(
            (_("Version"), str(version.version)),
            (_("State"), str(words.SOA_STATES[version.state].word)),
            (_("Unit"), version.unit_name),
            (_("Requirements"), str(len(view.rows))),
            (_("Applicable"), str(counts[Applies.YES])),
            (_("Not applicable"), str(counts[Applies.NO])),
            (_("Generated"), f"{timezone.localtime(version.made_at):%Y-%m-%d %H:%M} {version.made_by}"),
            (_("Approved by"), version.approved_by or _("nobody yet")),
        ),
        blocks=(*_overview(view), *_rows(view.rows), *_changes(view), *_proof(view)),
        actor=actor,
        now=now,
    )


def _overview(view: SoaView) -> tuple[Block, ...]:
    counts = Counter(each.standing for each in view.rows if each.applies is not Applies.NO)
    blocks: list[Block] = [Heading(_("Overview"))]
    if view.version.state is not ApplicabilityState.APPROVED:
        text = _("This version was generated and is not approved yet.")
        blocks.append(Notice(title=_("Not approved"), text=text, tone=NoticeTone.WARN))
    blocks.append(
        Paragraph(_("How the requirements that are not excluded stand by the latest checks of their measures:"))
    )
    ordered = [name for name in words.REQUIREMENT_STANDINGS if counts[name]]
    blocks.append(Facts(tuple((words.standing_word(name), str(counts[name])) for name in ordered)))
    return tuple(blocks)


def _rows(rows: tuple[SoaRow, ...]) -> tuple[Block, ...]:
    return (
        Heading(_("Requirements")),
        Table(
            columns=(
                Column(title=_("Requirement"), weight=1.55),
                Column(title=_("Title"), weight=2.2),
                Column(title=_("Applies"), weight=0.95),
                Column(title=_("Reason"), weight=2.5),
                Column(title=_("Standing"), weight=1.1),
                Column(title=_("Measures"), weight=3.0),
                Column(title=_("Last proven on"), weight=1.35),
            ),
            rows=tuple(
                (
                    each.identifier,
                    words.soa_title(each),
                    str(words.APPLIES[each.applies].word),
                    each.reason,
                    words.standing_word(each.standing),
                    _measures(each),
                    each.proven_on.isoformat() if each.proven_on else "",
                )
                for each in rows
            ),
        ),
    )


def _changes(view: SoaView) -> tuple[Block, ...]:
    if not view.changes:
        return ()
    return (
        Heading(_("What changed since the version before")),
        Table(
            columns=(
                Column(title=_("Requirement"), weight=1.2),
                Column(title=_("What"), weight=1.2),
                Column(title=_("Before"), weight=2.4),
                Column(title=_("After"), weight=2.4),
            ),
            rows=tuple(
                (
                    each.identifier,
                    str(words.CHANGES[each.kind]),
                    words.change_value(each.kind, each.before),
                    words.change_value(each.kind, each.after),
                )
                for each in view.changes
            ),
        ),
    )


def _proof(view: SoaView) -> tuple[Block, ...]:
    return (
        Heading(_("Proof")),
        Paragraph(
            _(
                "This statement was generated from decisions and from the standing of the requirements; nobody typed "
                "it. The ledger holds its SHA-256, below a signed checkpoint."
            )
        ),
        Code(label=_("SHA-256 of the statement"), text=view.version.digest),
        Facts(((_("Subject of the records"), soa_subject(view.version.framework_id)),)),
        *_signed(view.version),
    )


def _signed(version: SoaVersion) -> tuple[Block, ...]:
    if not version.signature:
        return ()
    return (
        Paragraph(
            _("The approval is signed with the key of the ledger (Ed25519). What was signed, and its signature:")
        ),
        Code(label=_("Statement"), text=version.statement),
        Code(label=_("Signature in Base64"), text=version.signature),
        Facts(((_("Key"), version.key_id),)),
    )


def _measures(row: SoaRow) -> str:
    return "; ".join(f"{each.number} {each.name}".strip() or _("of another unit") for each in row.measures)
