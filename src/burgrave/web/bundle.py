"""One stylesheet and one script for the whole product, joined from small files.

The first paint may need no request beyond the page, one stylesheet and one script. The sources under ``assets`` are
joined in the order of their names; the script begins with htmx. Each source keeps its names to itself in a block.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

Messages = list[CheckMessage]

ASSETS = Path(__file__).parent / "assets"
STYLESHEET = "web/burgrave.css"
SCRIPT = "web/burgrave.js"


def stylesheet() -> str:
    """The text of the one stylesheet."""
    return "\n".join(path.read_text("utf-8") for path in sorted((ASSETS / "css").glob("*.css")))


def script() -> str:
    """The text of the one script, an ES module."""
    htmx = files("django_htmx").joinpath("static/django_htmx/htmx-2.min.js").read_text("utf-8")
    own = (path.read_text("utf-8") for path in sorted((ASSETS / "js").glob("*.js")))
    return "\n".join([htmx, *(f"{{\n{source}\n}}" for source in own)])


class BundleFinder(BaseFinder):
    """Serves the two joined files from ``BURGRAVE_HOME/cache/static``, joined anew when this process first asks.

    While ``DEBUG`` is on they are joined at every question, so that an edit shows at once.
    """

    def __init__(self, app_names: Iterable[str] | None = None, *args: Any, **kwargs: Any) -> None:
        del app_names
        super().__init__(*args, **kwargs)
        self.root = Path(settings.BURGRAVE_HOME) / "cache" / "static"
        self._built = False

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        if path not in {STYLESHEET, SCRIPT}:
            return []
        self._build()
        found = str(self.root / path)
        return [found] if find_all or kwargs.get("all") else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        del ignore_patterns
        self._build()
        storage = FileSystemStorage(location=self.root)
        yield STYLESHEET, storage
        yield SCRIPT, storage

    def check(self, **kwargs: Any) -> Messages:
        del kwargs
        return []

    def _build(self) -> None:
        if self._built and not settings.DEBUG:
            return
        for name, text in ((STYLESHEET, stylesheet()), (SCRIPT, script())):
            _replace(self.root / name, text)
        self._built = True


def _replace(path: Path, text: str) -> None:
    """Put the text in place at once, so that another process never reads half of it; leave an equal file alone."""
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as half:
        half.write(text)
    Path(half.name).chmod(0o644)
    Path(half.name).replace(path)
