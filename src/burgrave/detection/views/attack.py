"""The matrix of ATT&CK, its layer for the Navigator, and the release that names and orders it."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.detection import commands, queries, words
from burgrave.detection.rules import coverage as rules
from burgrave.detection.terms import READ, RULES
from burgrave.detection.terms.attack import ATTACK_SUBJECT, Matrix, Shown
from burgrave.detection.terms.coverage import TacticColumn, TechniqueCell
from burgrave.engines.attack.bundles import MOST_BUNDLE_BYTES
from burgrave.ledger import queries as ledger
from burgrave.web.downloads import file_answer
from burgrave.web.pages import BurgraveRequest
from burgrave.web.shell import tabs
from burgrave.web.uploads import blob_store, received_files, receives_files

MOST_SHOWN = 500
FORM = ["GET", "HEAD", "POST"]


@require_safe
def attack(request: BurgraveRequest) -> HttpResponse:
    """Tactics and techniques, each with the rules that name it and those that can fire; opens down to the rules."""
    shown = next((each for each in Shown if each == request.GET.get("show")), Shown.ALL)
    platform = request.GET.get("platform", "")[:100]
    found = queries.attack_matrix(shown=shown, platform=platform, now=timezone.now(), actor=request.actor)
    chosen = request.GET.get("technique", "")[:20]
    known = found.catalogue.techniques.get(chosen) if found.catalogue else None
    context = {
        "found": found,
        "columns": [(_title(each), _cells(each)) for each in found.columns],
        "sample_unit": found.sample_unit,
        "bare": found.all_techniques - found.named,
        "odd": [(each, words.TAG_STATES[each.tag.state]) for each in found.odd],
        "shown": shown,
        "platform": platform,
        "ways": [(each, words.SHOWN[each]) for each in Shown],
        "chosen": chosen,
        "known": known,
        "known_tactics": [str(words.TACTICS.get(each, each)) for each in known.tactics] if known else [],
        "rules": _rules_of(found, chosen),
        "may_change": request.actor.may_everywhere(RULES),
        "tabs": tabs("detection:attack"),
    }
    return render(request, "detection/attack.html", context)


@require_safe
def layer(request: BurgraveRequest) -> HttpResponseBase:
    """The coverage as a layer for the ATT&CK Navigator."""
    now = timezone.now()
    found, release = queries.covered_today(now=now, actor=request.actor)
    told = rules.layer(
        found,
        name=_("Detection coverage"),
        description=_("Score: live rules that can fire. As of %(at)s UTC.") % {"at": f"{now:%Y-%m-%d %H:%M}"},
        attack=release.version if release else "",
    )
    content = json.dumps(told, ensure_ascii=False, indent=1).encode()
    return file_answer([content], size_bytes=len(content), name="detection-coverage.json")


@require_http_methods(FORM)
@receives_files(permission=RULES)
def release(request: BurgraveRequest) -> HttpResponse:
    """The release of ATT&CK that was brought last; a STIX bundle takes its place."""
    actor = request.actor
    actor.must_anywhere(READ)
    if request.method == "POST":
        (file, *_others) = received_files(request)
        with blob_store().open(file.digest.sha256) as bundle:
            commands.bring_attack(bundle, actor=actor, now=timezone.now())
        messages.success(request, _("The matrix has the techniques and tactics of this release."))
        return HttpResponseRedirect(reverse("detection:release"))
    context = {
        "release": queries.release(actor=actor),
        "may_change": actor.may_everywhere(RULES),
        "max_bytes": MOST_BUNDLE_BYTES,
        "may_read_ledger": actor.may_anywhere("ledger.read"),
        "history": ledger.history(ATTACK_SUBJECT),
        "tabs": tabs("detection:attack"),
    }
    return render(request, "detection/release.html", context)


def _title(column: TacticColumn) -> str:
    return str(words.TACTICS.get(column.name, column.title or column.name))


def _cells(column: TacticColumn) -> list[tuple[TechniqueCell, object, str]]:
    return [(cell, words.CELLS[_shade(cell)], _shade(cell)) for cell in column.cells]


def _rules_of(found: Matrix, technique: str) -> list[tuple[object, object]]:
    chosen = [rule for rule in found.rules if technique in rule.techniques] if technique else []
    return [(rule, words.HEARINGS[rule.hearing]) for rule in chosen[:MOST_SHOWN]]


def _shade(cell: TechniqueCell) -> str:
    """How strongly the cell is covered: no rule, none that can fire, or one, a few, many that can."""
    if not cell.can_fire:
        return "none" if cell.rules else "bare"
    return "one" if cell.can_fire == 1 else "few" if cell.can_fire < 10 else "many"  # noqa: PLR2004 - three shades
