"""A version as a file: the text as it holds, who approved it, and how it is verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from burgrave.engines.norms import BlockKind, Language, Shown
from burgrave.engines.reports import (
    Block,
    Code,
    Column,
    Document,
    Facts,
    Heading,
    Notice,
    NoticeTone,
    Paragraph,
    Table,
)
from burgrave.people import queries as people
from burgrave.policies import commands, queries, words
from burgrave.policies.terms import Verdict, VersionState
from burgrave.policies.terms.drafts import VersionDetail
from burgrave.web import reports
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor

DEEPEST = 3


def document(
    format_: reports.Format, detail: VersionDetail, language: Language, *, actor: Actor, now: datetime
) -> reports.Written:
    """The version in one language, in the words of that language, recorded with its digest. Raises BadInput."""
    if not format_.is_printed:
        raise BadInput("a text is handed out as pdf or docx", mend="Ask for one of the two.")
    with translation.override(language):
        written = reports.write(
            _document(detail, language, actor=actor, now=now),
            reports.Sheet(name=detail.document.number, header=(), rows=()),
            format_,
            slug=f"{detail.document.number.lower()}-{detail.label}-{language}",
        )
    commands.record_report(
        detail.version_id,
        format_=format_,
        language=language,
        sha256=written.sha256,
        size_bytes=len(written.data),
        actor=actor,
        now=now,
    )
    return written


def _document(detail: VersionDetail, language: Language, *, actor: Actor, now: datetime) -> Document:
    organisation = people.organisation()
    row = detail.document
    text = next((each for each in detail.texts if each.language is language), None)
    if text is None:
        raise BadInput("version %(label)s has no text in this language", words={"label": detail.label})
    return reports.document(
        title=f"{row.number} {text.title}",
        subtitle=str(words.KINDS[row.kind]),
        organisation=organisation.name if organisation else "",
        cover=(
            (_("Version"), detail.label),
            (
                _("State"),
                str(
                    words.stage(detail.state, begins=detail.effective_on, ended=detail.ended_on, today=now.date()).word
                ),
            ),
            (_("In force from"), _day(detail.effective_on)),
            *(((_("In force until"), _day(detail.ended_on)),) if detail.ended_on else ()),
            (_("Unit"), row.unit_name),
            (_("Owner"), row.owner_name or "–"),
            (_("Approved by"), ", ".join(_approvers(detail)) or "–"),
            *(((_("Verification code"), detail.code),) if detail.code else ()),
        ),
        blocks=(*_draft(detail, now), *_text(queries.shown_text(detail, language)), *_signature(detail)),
        actor=actor,
        now=now,
    )


def _draft(detail: VersionDetail, now: datetime) -> Iterator[Block]:
    if not detail.published_at:
        yield Notice(
            title=_("Not in force"),
            text=_("This is a draft. It binds nobody, and nothing of it is signed."),
            tone=NoticeTone.WARN,
        )
    elif detail.effective_on and detail.effective_on > now.date() and detail.state is VersionState.PUBLISHED:
        yield Notice(
            title=_("Not in force yet"),
            text=_("It is signed and holds from %(day)s. Until then what held before it does.")
            % {"day": _day(detail.effective_on)},
            tone=NoticeTone.PLAIN,
        )
    elif detail.ended_on is not None and detail.ended_on <= now.date():
        yield Notice(
            title=_("No longer in force"),
            text=_("Another version holds, or none. Look at the verification page before you rely on this one."),
            tone=NoticeTone.WARN,
        )


def _text(blocks: tuple[Shown, ...]) -> Iterator[Block]:
    """The blocks of the text; the title stands on the cover already."""
    rows: list[Shown] = []
    for place, each in enumerate(blocks):
        if rows and (each.kind is not BlockKind.CELL or each.is_head):
            yield _table(rows)
            rows = []
        if each.kind is BlockKind.CELL:
            rows.append(each)
        elif each.kind is BlockKind.HEADING:
            if place or each.level > 1:
                yield Heading(each.words, min(each.level, DEEPEST))
        elif each.kind is BlockKind.CODE:
            yield Code(label="", text=each.words)
        else:
            yield Paragraph(_paragraph(each))
    if rows:
        yield _table(rows)


def _paragraph(each: Shown) -> str:
    if each.kind is BlockKind.STEP:
        return f"☐ {each.words}"
    if each.kind is BlockKind.ITEM:
        marker = "•" if each.marker in {"-", "*", "+"} else each.marker
        return f"{'  ' * each.level}{marker} {each.words}"
    return each.words


def _table(rows: list[Shown]) -> Table:
    width = max(column for row in rows for column, _spans in row.cells)
    cells = [["" for _column in range(width)] for _row in rows]
    for place, row in enumerate(rows):
        for column, spans in row.cells:
            cells[place][column - 1] = "".join(span.text for span in spans)
    head = cells[0] if rows[0].is_head else [""] * width
    body = cells[1:] if rows[0].is_head else cells
    return Table(columns=tuple(Column(title=each or "–") for each in head), rows=tuple(map(tuple, body)))


def _signature(detail: VersionDetail) -> Iterator[Block]:
    """Who approved, what changed, and how somebody outside verifies the text."""
    yield Heading(_("Approval and signature"))
    approvals = [each for each in detail.decisions if each.verdict is Verdict.APPROVED and each.round == detail.round]
    if approvals:
        yield Table(
            columns=(
                Column(title=_("Step"), is_numeric=True),
                Column(title=_("Approved by"), weight=4),
                Column(title=_("Time"), weight=2),
            ),
            rows=tuple((str(each.step + 1), each.name, _moment(each.at)) for each in approvals),
        )
    else:
        yield Paragraph(_("Nobody has approved this version."))
    if parameters := _parameters(detail):
        yield Heading(_("Values that this text sets"), 2)
        yield Facts(parameters)
    if not detail.digest:
        return
    yield Heading(_("Verification"), 2)
    yield Paragraph(
        _(
            "The canonical text of all languages is signed with the key of the ledger (Ed25519). The verification page "
            "says whether this version still holds; with text, statement, signature and key as files, openssl verifies "
            "it without this program:"
        )
    )
    yield Code(
        label="",
        text="openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in statement.txt -sigfile statement.sig\n"
        "sha256sum text.txt",
    )
    yield Facts(
        (
            (_("Verification code"), detail.code),
            (_("Verification page"), reverse("policies:verified", args=[detail.code])),
            (_("Signed at"), _moment(detail.published_at)),
            (_("Published by"), detail.published_by),
        )
    )
    yield Code(label=_("SHA-256 of the canonical text"), text=detail.digest)
    yield Code(label=_("Key of the ledger"), text=detail.key_id)
    yield Code(label=_("Signature"), text=detail.signature)


def _parameters(detail: VersionDetail) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    language = detail.texts[0].language if detail.texts else None
    for each in detail.clauses:
        if each.language is language:
            found |= each.parameters
    return tuple(sorted(found.items()))


def _approvers(detail: VersionDetail) -> list[str]:
    return [each.name for each in detail.decisions if each.verdict is Verdict.APPROVED and each.round == detail.round]


def _day(day: object) -> str:
    return str(day) if day else "–"


def _moment(at: datetime | None) -> str:
    return "–" if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
