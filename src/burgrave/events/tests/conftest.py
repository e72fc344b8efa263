from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _store(settings: object, tmp_path: Path) -> None:
    settings.BURGRAVE_EVENTS = tmp_path / "events"  # type: ignore[attr-defined]  # pytest-django's
