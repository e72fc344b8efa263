"""Text logs, a line an event: the system log, the Linux audit daemon, web servers and proxies."""

from burgrave.engines.events.texts.reading import format_of, is_text, read_text_log
from burgrave.engines.events.texts.terms import Context, Format

__all__ = ["Context", "Format", "format_of", "is_text", "read_text_log"]
