"""Questions as a person writes them: a line for each, below it ``+`` and a right choice or ``-`` and a wrong one.

An empty line ends a question.
"""

from __future__ import annotations

from collections.abc import Iterable

from burgrave.policies.terms.acknowledging import Question
from burgrave.web.errors import BadInput

RIGHT, WRONG = "+", "-"


def parse(text: str) -> tuple[Question, ...]:
    """The questions of a text. Raises BadInput with the line."""
    found: list[Question] = []
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip():
            block.append((number, line.strip()))
        elif block:
            found.append(_question(block))
            block = []
    return tuple(found)


def written(questions: Iterable[Question]) -> str:
    """The text from which ``parse`` makes these questions again."""
    return "\n\n".join(
        "\n".join(
            (
                question.text,
                *(
                    f"{RIGHT if place in question.right else WRONG} {choice}"
                    for place, choice in enumerate(question.choices)
                ),
            )
        )
        for question in questions
    )


def _question(block: list[tuple[int, str]]) -> Question:
    first, text = block[0]
    if text[0] in {RIGHT, WRONG}:
        raise BadInput(
            "line %(line)s: a choice stands before its question",
            words={"line": str(first)},
            mend="Write the question in a line of its own, then its choices.",
        )
    choices: list[str] = []
    right: set[int] = set()
    for number, line in block[1:]:
        if line[0] not in {RIGHT, WRONG}:
            raise BadInput(
                "line %(line)s: a choice begins with + where it is right and with - where it is wrong",
                words={"line": str(number)},
                mend="Leave an empty line before the next question.",
            )
        if line[0] == RIGHT:
            right.add(len(choices))
        choices.append(line[1:].strip())
    try:
        return Question(text=text, choices=tuple(choices), right=frozenset(right))
    except BadInput as refusal:
        raise BadInput(
            "line %(line)s: %(why)s", words={"line": str(first), "why": str(refusal)}, mend=refusal.mend
        ) from refusal
