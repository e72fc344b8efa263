"""The numbers by which the compiled loops and what calls them understand one another."""

from typing import Final

HASH, SLOT, BEGIN, SIZE, PLACES = range(5)
"""The columns of what is known of a text: its hash, its field, its bytes, and where the places of rules are listed."""

TEXTS, BYTES, ANSWERS = range(3)
"""What is counted: texts, their bytes, and answers."""

ABSENT, UNSEEN, FULL, LONG = -1, -2, -3, -4
"""What stands for the number of a text: no text, not looked up yet, no room to keep it, too long to be kept."""

TEST, THERE, MISSING, ODD = range(4)
"""The kinds of questions: of a text, whether there is one, whether there is none, and others."""

KIND, FIELD, LEAF, IF_YES, IF_NO = range(5)
"""The columns of a question: its kind, slot and leaf, and which question comes next, or how it ends."""

YES, NO, NEW = -1, -2, -3
"""How asking a rule ends, and that it has no questions yet."""

WAITING: Final = 2
"""Stands for an answer that was asked for."""

CANDIDATE, WHY, TEXT, ABOUT, AT = range(5)
"""The columns of what a candidate waits for: which one, why, of which text and leaf, and where to put the answer."""

ANSWER, QUESTIONS, OTHER, ROOM = range(4)
"""Why a candidate waits: for an answer, for its rule's questions, for the answer to an odd one, for room."""

LEAF_BITS: Final = 24
