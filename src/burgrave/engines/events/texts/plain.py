"""A line of no known format is kept as it is: its text is the message, its time the one of the receipt."""

from burgrave.engines.events.texts.terms import Context, Format, Line, Parser


def line_of(text: str, context: Context) -> Line:
    """The line as an event."""
    return Line(fields={"message": text}, at=context.received_at)


def begin(context: Context) -> Parser:
    def parse(line: str) -> Line:
        return line_of(line, context)

    return parse


FORMAT = Format(name="lines of text", begin=begin)
