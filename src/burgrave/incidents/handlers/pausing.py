"""Whoever writes part after part leaves room for others in between."""

from __future__ import annotations

import time
from typing import Final

from django.db import connection

PAUSE_SECONDS: Final = 0.05


def give_way() -> None:
    """Others have had time to write. SQLite lets one write at a time, and whoever waits asks again now and then only.

    PostgreSQL needs no pause: others write at the same time.
    """
    if connection.vendor == "sqlite":
        time.sleep(PAUSE_SECONDS)
