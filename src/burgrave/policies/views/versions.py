"""One version: its text in all languages, its way through review, its publication."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.custody import queries as custody
from burgrave.engines.norms import Language
from burgrave.policies import commands, queries, reports, words
from burgrave.policies.errors import PolicyError
from burgrave.policies.forms.documents import SubmitForm, TextForm, sources_of
from burgrave.policies.rules import canonical
from burgrave.policies.terms import APPROVE, EDIT, PUBLISH, READ, VersionState
from burgrave.policies.terms.drafts import Draft, VersionDetail
from burgrave.policies.views.documents import REFUSED, number_of
from burgrave.web.errors import BadInput, NotFound, Refusal
from burgrave.web.pages import BurgraveRequest, part
from burgrave.web.reports import answer, asked_format

FORM = ["GET", "HEAD", "POST"]
FILES = {"text": "txt", "statement": "statement.txt", "signature": "sig", "key": "pem"}


@require_safe
def version(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    """The text of a version, in all its languages side by side, and where it stands."""
    detail = queries.version(version_id, actor=request.actor)
    return render(request, "policies/version.html", _record(request, detail))


def _record(request: BurgraveRequest, detail: VersionDetail, refusal: Refusal | None = None) -> dict[str, Any]:
    actor, unit_id = request.actor, detail.document.unit_id
    open_comments = Counter(each.clause for each in detail.comments if each.resolved_at is None and each.clause)
    may_edit = actor.may(EDIT, unit_id)
    is_draft = detail.state is VersionState.DRAFT
    return {
        "version": detail,
        "document": detail.document,
        "title": words.title({str(each.language): each.title for each in detail.texts}, detail.document.title),
        "kind": words.KINDS[detail.document.kind],
        "state": words.stage(
            detail.state, begins=detail.effective_on, ended=detail.ended_on, today=timezone.localdate()
        ),
        "today": timezone.localdate(),
        "texts": [
            {
                "language": each.language,
                "name": words.LANGUAGES[each.language],
                "title": each.title,
                "unplaced": words.shown_unplaced(each.unplaced),
                "parts": words.parts(queries.shown_text(detail, each.language), open_comments),
            }
            for each in detail.texts
        ],
        "steps": _steps(detail),
        "decisions": [{"row": each, "verdict": words.VERDICTS[each.verdict]} for each in detail.decisions],
        "comments": detail.comments,
        "open_comments": sum(each.resolved_at is None for each in detail.comments),
        "clause_names": list(dict.fromkeys(each.identifier for each in detail.clauses)),
        "digest": queries.draft_digest(detail),
        "is_asked": _is_asked(detail, actor.person_id) and actor.may(APPROVE, unit_id),
        "may_edit": may_edit,
        "is_draft": is_draft,
        "may_withdraw": may_edit and detail.state in {VersionState.IN_REVIEW, VersionState.APPROVED},
        "may_publish": actor.may(PUBLISH, unit_id) and detail.state is VersionState.APPROVED,
        "on": queries.day_of(request.GET.get("on", "")),
        "refusal": refusal,
    }


def _steps(detail: VersionDetail) -> list[dict[str, Any]]:
    """The plan: who is asked in each step, who has approved, and which step is open."""
    current = _current(detail)
    return [
        {
            "step": step,
            "number": step.ordinal + 1,
            "approvers": [(name, key in step.approved_by) for key, name in step.approvers],
            "is_current": step.ordinal == current,
            "is_done": len(step.approved_by) >= step.quorum,
        }
        for step in detail.steps
    ]


def _current(detail: VersionDetail) -> int | None:
    if detail.state is not VersionState.IN_REVIEW:
        return None
    return next((each.ordinal for each in detail.steps if len(each.approved_by) < each.quorum), None)


def _is_asked(detail: VersionDetail, person_id: object) -> bool:
    current = _current(detail)
    if current is None:
        return False
    step = detail.steps[current]
    return person_id in {key for key, _name in step.approvers} and person_id not in step.approved_by


@require_http_methods(FORM)
def edit_text(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    """The editor: both languages, a preview, and what the linter says."""
    detail = queries.version(version_id, actor=request.actor)
    request.actor.must(EDIT, detail.document.unit_id)
    texts = {each.language: each.source for each in detail.texts}
    initial = {
        "english": texts.get(Language.ENGLISH, ""),
        "chinese": texts.get(Language.CHINESE, ""),
        "summary": detail.summary,
    }
    form = TextForm(request.POST or None, initial=initial)
    typed = sources_of(request.POST) if request.method == "POST" else texts
    edition = number_of(request, "version") if request.method == "POST" else detail.edition
    shown: dict[str, Any] = {"form": form, "version": detail, "edition": edition, **_preview(detail, typed)}
    if request.method != "POST" or request.POST.get("act") == "preview":
        return render(request, "policies/editor.html", shown)
    if form.is_valid():
        try:
            draft = Draft(sources=form.sources(), summary=form.cleaned_data["summary"])
            commands.save_draft(version_id, draft, edition=edition, actor=request.actor, now=timezone.now())
        except REFUSED as refusal:
            # Whoever meets another's save sees the edition of it, so that a second save is a decision.
            return render(request, "policies/editor.html", shown | {"refusal": refusal}, status=refusal.status)
        messages.success(request, _("The draft is saved."))
        return HttpResponseRedirect(reverse("policies:version", args=[version_id]))
    return render(request, "policies/editor.html", shown, status=422)


@require_POST
def preview(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    """What is being typed, as it will look, and what the linter says of it; nothing is kept."""
    detail = queries.version(version_id, actor=request.actor)
    request.actor.must(EDIT, detail.document.unit_id)
    return part(request, "policies/editor.html#preview", _preview(detail, sources_of(request.POST)))


def _preview(detail: VersionDetail, sources: dict[Language, str]) -> dict[str, Any]:
    try:
        shown, findings = queries.preview(detail.document, sources, label=detail.label, today=timezone.localdate())
    except (PolicyError, BadInput) as refusal:
        return {"unreadable": refusal, "previews": [], "findings": []}
    return {
        "previews": [
            {"language": language, "name": words.LANGUAGES[language], "parts": words.parts(blocks)}
            for language, blocks in shown.items()
        ],
        "findings": [
            words.shown_finding(each) | {"language": words.LANGUAGES.get(_language(each.path), "")} for each in findings
        ],
    }


def _language(path: str) -> Language:
    return Language(path.rpartition(".")[2])


@require_http_methods(FORM)
def submit(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    """Whom the plan asks."""
    detail = queries.version(version_id, actor=request.actor)
    request.actor.must(EDIT, detail.document.unit_id)
    able = queries.approvers(detail.document.unit_id, apart_from=detail.authors, now=timezone.now())
    form = SubmitForm(request.POST or None, approvers=[(str(key), name) for key, name in able])
    shown: dict[str, Any] = {
        "form": form,
        "version": detail,
        "has_approvers": bool(able),
        "authors": sorted(detail.authors.values()),
        "findings": [words.shown_finding(each) for each in _errors(detail)],
    }
    if request.method != "POST":
        return render(request, "policies/submit.html", shown)
    edition = number_of(request, "version")
    if form.is_valid():
        try:
            commands.submit(
                version_id,
                form.plan(),
                is_major=form.is_major,
                major_reason=form.cleaned_data["major_reason"],
                edition=edition,
                actor=request.actor,
                now=timezone.now(),
            )
        except REFUSED as refusal:
            return render(request, "policies/submit.html", shown | {"refusal": refusal}, status=refusal.status)
        messages.success(request, _("The version is in review; whoever is asked first knows it."))
        return HttpResponseRedirect(reverse("policies:version", args=[version_id]))
    return render(request, "policies/submit.html", shown, status=422)


def _errors(detail: VersionDetail) -> list[Any]:
    sources = {each.language: each.source for each in detail.texts}
    _shown, found = queries.preview(detail.document, sources, label=detail.label, today=timezone.localdate())
    return [each for each in found if each.severity == "error"]


@require_POST
def act(request: BurgraveRequest, version_id: UUID, what: str) -> HttpResponse:
    """One step on the way of a version."""
    acts = {
        "withdraw": _withdraw,
        "approve": _approve,
        "reject": _reject,
        "publish": _publish,
        "discard": _discard,
        "comment": _comment,
    }
    queries.version(version_id, actor=request.actor)
    if what not in acts:
        raise NotFound("there is no such act on a version")
    try:
        return acts[what](request, version_id)
    except REFUSED as refusal:
        detail = queries.version(version_id, actor=request.actor)
        return render(request, "policies/version.html", _record(request, detail, refusal), status=refusal.status)


def _withdraw(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    commands.withdraw(version_id, reason=request.POST.get("reason", ""), actor=request.actor, now=timezone.now())
    messages.success(request, _("The version is a draft again."))
    return _back(version_id)


def _approve(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    seen = request.POST.get("sha256", "")
    is_done = commands.approve(version_id, sha256=seen, actor=request.actor, now=timezone.now())
    said = _("The version is approved.") if is_done else _("Your approval counts; others are still asked.")
    messages.success(request, said)
    return _back(version_id)


def _reject(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    commands.reject(version_id, reason=request.POST.get("reason", ""), actor=request.actor, now=timezone.now())
    messages.success(request, _("The version went back to its authors."))
    return _back(version_id)


def _publish(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    asked = request.POST.get("effective_on", "").strip()
    begins = queries.day_of(asked)
    if asked and begins is None:
        raise BadInput("%(got)s is no day", words={"got": asked[:40]}, mend="Write it as year-month-day.")
    now = timezone.now()
    commands.publish(version_id, effective_on=begins, actor=request.actor, now=now)
    if begins and begins > now.date():
        messages.success(request, _("The version is signed and holds from %(day)s.") % {"day": begins.isoformat()})
    else:
        messages.success(request, _("The version is signed and in force."))
    return _back(version_id)


def _discard(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    document_id = queries.version(version_id, actor=request.actor).document.document_id
    commands.discard_draft(version_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The draft is gone."))
    return HttpResponseRedirect(reverse("policies:document", args=[document_id]))


def _comment(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    commands.comment(
        version_id,
        clause=request.POST.get("clause", "")[:120],
        language=None,
        text=request.POST.get("text", ""),
        actor=request.actor,
        now=timezone.now(),
    )
    return HttpResponseRedirect(reverse("policies:version", args=[version_id]) + "#comments")


@require_POST
def resolve(request: BurgraveRequest, comment_id: UUID) -> HttpResponse:
    """A comment is answered."""
    version_id = commands.resolve(
        comment_id, resolution=request.POST.get("resolution", ""), actor=request.actor, now=timezone.now()
    )
    return HttpResponseRedirect(reverse("policies:version", args=[version_id]) + "#comments")


@require_safe
def redline(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    """What the version changes of another one of the same document, clause by clause."""
    detail = queries.version(version_id, actor=request.actor)
    others = [
        each
        for each in queries.document(detail.document.document_id, actor=request.actor).versions
        if each.version_id != detail.version_id
    ]
    asked = request.GET.get("from", "")
    wanted = next((each for each in others if str(each.version_id) == asked), None)
    wanted = wanted or next((each for each in others if each.version_id == detail.before_id), None)
    before = queries.version(wanted.version_id, actor=request.actor) if wanted else None
    changes = queries.redlines(before, detail) if before else {}
    shown = {
        "version": detail,
        "before": before,
        "others": others,
        "texts": [
            {
                "language": language,
                "name": words.LANGUAGES[language],
                "changes": [words.shown_change(each) for each in found],
                "counts": [
                    (state, count)
                    for kind, state in words.CHANGES.items()
                    if (count := sum(each.kind is kind for each in found))
                ],
                "binding": sum(each.binds_otherwise for each in found),
            }
            for language, found in changes.items()
        ],
    }
    return render(request, "policies/redline.html", shown)


@require_POST
def report(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    """The version as PDF or DOCX, in one language."""
    detail = queries.version(version_id, actor=request.actor)
    asked = request.POST.get("language", "")
    languages = [each.language for each in detail.texts]
    language = Language(asked) if asked in languages else languages[0]
    return answer(reports.document(asked_format(request), detail, language, actor=request.actor, now=timezone.now()))


@require_safe
def file(request: BurgraveRequest, version_id: UUID, what: str) -> HttpResponse:
    """What is needed to verify the version without this program: text, statement, signature, key."""
    detail = queries.version(version_id, actor=request.actor)
    if not detail.digest:
        raise NotFound("the version is not published, so nothing of it is signed")
    if what not in FILES:
        raise NotFound("a published version has a text, a statement, a signature and a key")
    data = _bytes(detail, what)
    response = HttpResponse(data, content_type="application/octet-stream")
    name = f"{detail.document.number}-{detail.label}.{FILES[what]}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _bytes(detail: VersionDetail, what: str) -> bytes:
    if what == "text":
        return queries.canonical_text(detail.version_id)
    if what == "statement":
        return detail.statement.encode()
    return base64.b64decode(detail.signature) if what == "signature" else custody.log_key().pem.encode()


@require_safe
def verify(request: BurgraveRequest) -> HttpResponse:
    """Where the code of a printed document is typed in."""
    code = request.GET.get("code", "").strip()
    if code:
        spelled = canonical.spelled_code(code)[:40]
        if spelled:
            return HttpResponseRedirect(reverse("policies:verified", args=[spelled]))
    return render(request, "policies/verify.html", {})


@require_safe
def verified(request: BurgraveRequest, code: str) -> HttpResponse:
    """What a code stands for, verified now. Whoever holds the paper may ask, whatever else they may."""
    found = queries.verified(code)
    shown = {
        "found": found,
        "kind": words.KINDS[found.kind],
        "state": words.stage(found.state, begins=found.effective_on, ended=found.ended_on, today=timezone.localdate()),
        "today": timezone.localdate(),
        "may_read": request.actor.may(READ, found.unit_id),
        "at": timezone.now(),
    }
    return render(request, "policies/verify.html", shown)


def _back(version_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("policies:version", args=[version_id]))
