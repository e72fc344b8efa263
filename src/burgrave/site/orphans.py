"""A process that was started by a supervisor ends when the supervisor is gone, even if that was killed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

LOOK_SECONDS = 1.0
GRACE_SECONDS = 15.0


def leave_with_parent(leave: Callable[[], None]) -> None:
    """Call ``leave`` when this process gets another parent, and end hard if it is still there after the grace."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        leave()
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
