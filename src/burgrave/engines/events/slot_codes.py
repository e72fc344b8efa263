"""What a value of a record of an event log is.

The types are those of "Windows XML Event Log (EVTX) format", section 4.6 of the libyal documentation. Values of no
bytes of which the decoder makes something else have numbers of their own, and lists of texts tell how many these are.
"""

from typing import Final

ODD: Final = -1
"""Only the decoder can tell."""

NOTHING: Final = 0x00
TEXT: Final = 0x01
INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64 = range(0x03, 0x0B)
BOOLEAN: Final = 0x0D
BINARY: Final = 0x0E
GUID: Final = 0x0F
SIZE: Final = 0x10
TIME: Final = 0x11
SID: Final = 0x13
HEX32, HEX64 = 0x14, 0x15
XML: Final = 0x21
EMPTY_TEXT, EMPTY_BINARY, EMPTY_XML = 0x101, 0x10E, 0x121

TEXTS: Final = 0x1000
SOME_EMPTY: Final = 0x2000
"""A list of texts, of which the number is added: none of them is empty, or some are."""

TEXTS_AT_MOST: Final = 1_000
