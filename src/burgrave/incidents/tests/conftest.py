"""Every test has a state directory of its own, so that stored bytes and keys never meet those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_HOME = tmp_path
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    settings.BURGRAVE_RULES = tmp_path / "rules"
    return tmp_path
