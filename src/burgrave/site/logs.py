"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

# A live link in a log would be a password in a log: whoever reads it could choose one for somebody else.
_ONE_TIME_LINK = re.compile(r"/(setup|join)/[^/\s?]+")


class NoTokens(logging.Filter):
    """Takes the tokens of one-time links out of every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The line is kept, its tokens are not."""
        record.msg, record.args = _ONE_TIME_LINK.sub(r"/\1/…", record.getMessage()), ()
        return True
