"""What the page shell shows around every page: navigation, search, who is here, language and theme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string
from django.utils.translation import get_language

from burgrave.web.terms import Actor, Tab, Words

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "burgrave_theme"
HTMX_CONFIG = (
    '{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,'
    '"historyCacheSize":0,"refreshOnHistoryMiss":true,"scrollIntoViewOnBoost":false,"defaultSettleDelay":0,'
    '"responseHandling":[{"code":"204","swap":false},{"code":"...","swap":true}]}'
)


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A place in the left navigation; without ``permission`` everybody who is signed in sees it.

    ``everywhere`` asks for the permission in the whole organisation, not in any one unit. ``key`` is the letter that
    opens it after ``g``; ``group`` is the heading above it.
    """

    label: Words
    url_name: str
    icon: str
    permission: str = ""
    key: str = ""
    group: Words = ""
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLink:
    """A page of a higher domain about an object of a lower one: a button on that object's record.

    ``subject`` is the kind of the object as the ledger names it; ``permission`` must hold in its unit.
    """

    subject: str
    label: Words
    url_name: str
    parameter: str
    permission: str
    icon: str


TabRow: TypeAlias = tuple[tuple[str, Words], ...]
"""Pages that stand beside each other, maybe of several domains: names of urls, and labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavPlace:
    label: Words
    href: str
    icon: str
    key: str
    group: Words
    current: bool


@dataclass(frozen=True, kw_only=True)
class Bell:
    """Where news stands; how many pieces are unread is asked for only where it is shown."""

    href: str
    count: Callable[[], int]

    @cached_property
    def unread(self) -> int:
        return self.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    nav: tuple[NavPlace, ...]
    search: str
    actor: Actor | None
    language: str
    languages: tuple[tuple[str, str], ...]
    theme: str
    version: str
    here: str
    profile: str
    bell: Bell | None
    sign_out: str
    palette: str = ""
    htmx_config: str = HTMX_CONFIG


def context(request: HttpRequest) -> dict[str, object]:
    """The context processor: ``shell`` for the page templates."""
    return {"shell": shell_of(request)}


def shell_of(request: HttpRequest) -> Shell:
    actor = cast("Actor | None", getattr(request, "actor", None))
    return Shell(
        nav=_places(request.path, actor),
        search=_address(getattr(settings, "WEB_SEARCH", "")),
        actor=actor,
        language=language_tag(),
        languages=tuple((code, str(name)) for code, name in settings.LANGUAGES),
        theme=theme_of(request),
        version=_version(),
        here=request.get_full_path(),
        profile=_address(getattr(settings, "WEB_PROFILE", "")),
        bell=_bell(actor),
        sign_out=_address("account_logout"),
        palette=_address(getattr(settings, "WEB_PALETTE", "")) if actor and actor.person_id else "",
    )


def tabs(current: str) -> tuple[Tab, ...]:
    """The row of tabs, of the setting ``WEB_TABS``, in which the page with this url name stands; without one none."""
    rows = cast("tuple[TabRow, ...]", getattr(settings, "WEB_TABS", ()))
    found = next((row for row in rows if current in dict(row)), ())
    return tuple(Tab(label=label, href=_address(name), current=name == current) for name, label in found)


def _bell(actor: Actor | None) -> Bell | None:
    """From the setting ``WEB_BELL``: the name of the inbox's url, and a function that counts an actor's unread news."""
    named = cast("tuple[str, str] | None", getattr(settings, "WEB_BELL", None))
    if named is None or actor is None or actor.person_id is None or not (href := _address(named[0])):
        return None
    count = cast("Callable[[Actor], int]", import_string(named[1]))
    return Bell(href=href, count=lambda: count(actor))


def theme_of(request: HttpRequest) -> str:
    """The cookie's theme, else what a middleware put on the request, else ``auto``."""
    for theme in (request.COOKIES.get(THEME_COOKIE, ""), str(getattr(request, "theme", ""))):
        if theme in THEMES:
            return theme
    return "auto"


def language_tag() -> str:
    """The active language as BCP 47 wants it in ``lang``: ``en`` or ``zh-Hans``."""
    return "zh-Hans" if (get_language() or "").lower().startswith("zh") else "en"


def _places(path: str, actor: Actor | None) -> tuple[NavPlace, ...]:
    if actor is None or actor.person_id is None:
        return ()
    entries = cast("tuple[NavEntry, ...]", getattr(settings, "WEB_NAV", ()))
    seen = [(entry, href) for entry in entries if _is_open(entry, actor) and (href := _address(entry.url_name))]
    here = max((href for _, href in seen if _within(path, href)), key=len, default="")
    return tuple(
        NavPlace(
            label=entry.label,
            href=href,
            icon=entry.icon,
            key=entry.key,
            group=entry.group,
            current=href == here,
        )
        for entry, href in seen
    )


def _is_open(entry: NavEntry, actor: Actor) -> bool:
    if not entry.permission:
        return True
    return actor.may_everywhere(entry.permission) if entry.everywhere else actor.may_anywhere(entry.permission)


def _within(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href))


def _address(url_name: str) -> str:
    if not url_name:
        return ""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


@cache
def _version() -> str:
    try:
        return version("burgrave")
    except PackageNotFoundError:
        return ""
