"""A process that was started by a supervisor ends when the supervisor is gone, even if that was killed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final

LOOK_SECONDS = 1.0
GRACE_SECONDS = 15.0

STARTED_BY: Final = "BURGRAVE_SUPERVISED"
"""The environment variable in which whoever starts a process leaves its own number."""


def started_by() -> int | None:
    """The number of the process that must stay the parent of this one; None when it stands alone."""
    number = os.environ.get(STARTED_BY, "")
    return int(number) if number.isdecimal() else None


def leave_with_parent(leave: Callable[[], None], *, parent: int) -> None:
    """Call ``leave`` once ``parent`` is not the parent of this process; end hard if it is still there after the grace.

    The parent is named by whoever started this process: one that was killed while this process came up is missed, too.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        leave()
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
