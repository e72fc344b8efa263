"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

# A live link in a log would be a password in a log: whoever reads it could choose one for somebody else.
_ONE_TIME_LINK = re.compile(r"/(setup|join)/[^/\s?]+")
_API_TOKEN = re.compile(r"\bbgv_[0-9A-Za-z_-]+")


class NoTokens(logging.Filter):
    """Takes the tokens of one-time links and of the API out of every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The line is kept, its tokens are not."""
        line = _ONE_TIME_LINK.sub(r"/\1/…", record.getMessage())
        record.msg, record.args = _API_TOKEN.sub("bgv_…", line), ()
        return True
