"""Every write of the domain."""

from burgrave.policies.commands.asking import (
    ASK_JOB,
    MEET_JOB,
    RENEW_JOB,
    ask_everybody,
    ask_some,
    asking_version,
    begin_asking,
    finish_asking,
    meet,
    note_newcomer,
    renew_audiences,
    set_audience,
    stop_asking,
)
from burgrave.policies.commands.asks_list import ASKS
from burgrave.policies.commands.confirming import confirm, give_attempt, open_text, set_quiz
from burgrave.policies.commands.reminding import escalate_some, remind_some

__all__ = [
    "ASKS",
    "ASK_JOB",
    "MEET_JOB",
    "RENEW_JOB",
    "ask_everybody",
    "ask_some",
    "asking_version",
    "begin_asking",
    "confirm",
    "escalate_some",
    "finish_asking",
    "give_attempt",
    "meet",
    "note_newcomer",
    "open_text",
    "remind_some",
    "renew_audiences",
    "set_audience",
    "set_quiz",
    "stop_asking",
]
