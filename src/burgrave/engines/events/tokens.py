"""What pages and chunks are cut into, and how columns are laid: numbers that `kernels` and its callers share."""

from typing import Final

BEGIN, END, CODE, FLAGS = range(4)
"""The columns of a token: where it begins and ends in the page, what it is, and what its text holds."""

KEY, TEXT, NUMBER, SWITCH, NULL, FRACTION, LIST = range(1, 8)
"""What a token is: a key, a text, a whole number, true or false, null; what may be a fraction, a list of these."""

ESCAPED: Final = 1  # the text has backslashes
BEGIN_BIT: Final = 32
LENGTH_BIT: Final = 1
LENGTH: Final = (1 << 31) - 1
TOKENS_AT_MOST: Final = 4_096  # in one line
CLOSED: Final = 8  # added to the code of a token for each object that ended before it
KINDS: Final = CLOSED - 1

CHUNK_AT, CHUNK_END, CHUNK_ROW, CHUNK_COUNT, CHUNK_MOST, CHUNK_TEXT_BYTES, CHUNK_ODD, CHUNK_PLACE = range(8)
"""The columns of a chunk of an event log: where it stands, where in it its records end, its first record, how many it
has, the most bytes of text that one can become, those of all, how many have an odd shape, and the place in its page of
the first, -1 if it is none of the page."""

CHUNK_COLUMNS: Final = 8
CHUNK_IN_WORK: Final = -1
"""Stands for how many records a chunk has until they are counted."""

RECORD_AT, RECORD_SIZE, RECORD_NUMBER, RECORD_TEXT_BYTES, RECORD_SHAPE = range(5)
"""The columns of a record of an event log: place, bytes, number, the most bytes of text it can become, its shape."""

ODD_SHAPE, LEFT_SHAPE = -1, -2
"""Stand for the shape of a record that is odd, and of one of which the shape is not known: the decoder has both."""

SLOT_AT, SLOT_SIZE, SLOT_CODE = range(3)
"""The columns of a value of such a record: where it stands in its chunk, its bytes, and what it is."""

TEMPLATES_AT_MOST: Final = 128
VALUES_AT_MOST: Final = 256
"""Of a chunk, and of a template; where there are more, the decoder is asked."""

PLAN_GROUP, PLAN_BEGIN, PLAN_LEAVES = range(3)
"""The columns of a shape of records: its group in the page (-1: none), and where its leaves are told, and how many."""

LEAF_SOURCE, LEAF_CODE = range(2)
"""The columns of a leaf of a shape: where it comes from, and what the value is that it comes from."""

TO_BYTES, TO_VALUES, TO_LINES, TO_CHUNK, TO_MARK = range(5)
"""Where writing goes on: in the bytes, values and lines of a page, and with which chunk; and what marks the chunks."""

TO_COLUMNS: Final = 5

PLAIN, ENCODED = range(2)
"""How a column was laid: text by text, or each text once with a code for every row."""
