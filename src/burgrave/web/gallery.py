"""What the component gallery shows: every component once, with plausible content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from burgrave.web.errors import StaleEdit
from burgrave.web.gallery_charts import charts, graph, sparkline
from burgrave.web.pages import facet, page_number, page_size
from burgrave.web.terms import Link, Page, State, Step, Tab, Tone

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
ROWS = 137
LEVELS = ("critical", "high", "medium", "low", "informational")
TONES = (Tone.ACT, Tone.GOING, Tone.GOOD, Tone.IDLE, Tone.WARN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAlert:
    """A row of the sample list."""

    id: UUID
    title: str
    level: str
    state: State
    at: datetime
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleJob:
    """A job in one of its states."""

    state: str
    done: int
    total: int
    note: str = ""
    rate_per_second: float | None = None
    seconds_left: float | None = None
    attempts: int = 1
    error: str = ""


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label="Name", help_text="Short, as you would say it on the telephone.", max_length=80)
    severity = forms.ChoiceField(label="Severity", choices=[("high", "High"), ("low", "Low")])
    scope = forms.ChoiceField(
        label="Scope", choices=[("unit", "This unit"), ("all", "Every unit")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea, required=False)
    notify = forms.BooleanField(label="Tell the people concerned", required=False)

    def clean_title(self) -> str:
        title = str(self.cleaned_data["title"])
        if len(title) < len("abc"):
            raise ValidationError("Write at least three letters.")
        return title


def gallery_context(request: HttpRequest) -> dict[str, object]:
    """Everything that ``web/gallery.html`` needs; ``?sort=none``, ``?wrong`` and ``?detail`` show other faces."""
    return {
        "page": _page(request),
        "facets": (
            facet(
                request,
                name="level",
                label="Severity",
                options=[("high", "High", 12), ("medium", "Medium", 40), ("low", "Low", None)],
            ),
        ),
        "tabs": (
            Tab(href="#", label="Overview", current=True),
            Tab(href="#notes", label="Notes", count=3),
        ),
        "steps": (
            Step(label="Name it", state="done", href="#"),
            Step(label="Choose alerts", state="current", note="3 chosen"),
            Step(label="Check and open"),
        ),
        "supported_by": (
            Link(href="#", label="Event file security.evtx", kind="Evidence", state=State("Verified", Tone.GOOD)),
        ),
        "supports": (
            Link(href="#", label="INC-2026-0001", kind="Incident", state=State("Open", Tone.ACT), note="2 alerts"),
        ),
        "states": tuple(
            State(word, tone)
            for tone, word in zip(TONES, ("Overdue", "Running", "Verified", "Closed", "Due soon"), strict=True)
        ),
        "levels": LEVELS,
        "case_state": State("Open", Tone.ACT),
        "running": SampleJob(
            state="running", done=48_210, total=120_000, rate_per_second=5310.4, seconds_left=13.5, attempts=2
        ),
        "finished": SampleJob(state="done", done=120_000, total=120_000, note="3 records could not be read."),
        "broken": SampleJob(state="failed", done=10, total=50, attempts=5, error="Chunk 12 has a wrong checksum."),
        "form": _form(request),
        "refusal": StaleEdit(
            "This incident was changed while you edited it.",
            changed_by="Bob",
            changed_at=NOON,
            mend="Compare with the present text, then save again.",
        ),
        "noon": NOON,
        "span": timedelta(days=1, hours=4, minutes=12),
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "body": {"kind": "incidents.case_opened", "alerts": 3, "sealed": True, "at": None, "name": "<b>&</b>"},
        "has_detail": "detail" in request.GET,
        "charts": charts(),
        "graph": graph(),
        "sparkline": sparkline(),
    }


def _page(request: HttpRequest) -> Page[SampleAlert]:
    empty = request.GET.get("sort") == "none" or request.GET.get("q") == "nothing"
    size, number, total = page_size(request), page_number(request), 0 if empty else ROWS
    first = (number - 1) * size
    rows = tuple(_alert(i) for i in range(first, min(first + size, total)))
    return Page(rows=rows, number=number, size=size, total=total)


def _alert(i: int) -> SampleAlert:
    titles = (
        "Account made by a remote shell",
        "可疑的计划任务",
        "Event log cleared",
        "Password guessing on one account",
    )
    words = ("New", "In triage", "Explained", "Dismissed", "Old")
    return SampleAlert(
        id=UUID(int=i + 1),
        title=titles[i % len(titles)],
        level=LEVELS[i % len(LEVELS)],
        state=State(words[i % len(words)], TONES[i % len(TONES)]),
        at=NOON - timedelta(hours=7 * i),
        events=(i * 7919) % 4001,
    )


def _form(request: HttpRequest) -> SampleForm:
    if "wrong" in request.GET:
        form = SampleForm({"title": "x", "severity": "high"}, auto_id="sample-%s")
        form.full_clean()
        return form
    return SampleForm(initial={"scope": "unit"}, auto_id="sample-%s")
