"""How brokers are reached, read from the file that BURGRAVE_KAFKA names; what it holds is shown nowhere.

[DEFAULT]
security.protocol = SASL_SSL
sasl.mechanism = SCRAM-SHA-512
sasl.username = burgrave
sasl.password.file = /run/secrets/kafka

[broker-1.example.org:9093]
ssl.ca.location = /etc/burgrave/kafka-ca.pem
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Final

KNOWN: Final = frozenset(
    {
        "security.protocol",
        "sasl.mechanism",
        "sasl.username",
        "sasl.password",
        "ssl.ca.location",
        "ssl.certificate.location",
        "ssl.key.location",
        "ssl.key.password",
        "ssl.endpoint.identification.algorithm",
        "group.id",
    }
)
SECRETS: Final = frozenset({"sasl.password", "ssl.key.password"})
FROM_FILE: Final = ".file"
_OTHERS: Final = 0o077


class BadKafkaSettings(ValueError):
    """The file says how brokers are reached, in words that are known here, and nobody else may read it."""


def settings_for(path: Path | None, brokers: str) -> dict[str, str]:
    """What the file says of these brokers: its section for one of them, else its defaults. Raises BadKafkaSettings."""
    if path is None:
        return {}
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    try:
        if path.stat().st_mode & _OTHERS:
            raise BadKafkaSettings(f"{path} may be read by others; take that from them: chmod 600")
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as fault:
        raise BadKafkaSettings(
            f"{path} cannot be read: {getattr(fault, 'strerror', '') or 'it is no UTF-8'}"
        ) from fault
    except configparser.Error:
        # Without the parser's words, which quote the line: it may hold a password.
        raise BadKafkaSettings(f"{path} is no file of sections and lines of name = value") from None
    named = next((each for each in brokers.split(",") if parser.has_section(each)), None)
    said = dict(parser[named]) if named else dict(parser.defaults())
    return dict(_setting(name, value, path) for name, value in said.items())


def without_secrets(sentence: str, settings: Mapping[str, object]) -> str:
    """What the client said, with nothing of it that is a password here."""
    for name in SECRETS:
        if secret := str(settings.get(name, "")):
            sentence = sentence.replace(secret, "…")
    return sentence


def _setting(name: str, value: str, path: Path) -> tuple[str, str]:
    bare = name.removesuffix(FROM_FILE)
    if bare not in KNOWN or (name != bare and bare not in SECRETS):
        raise BadKafkaSettings(f"{path} holds {name!r:.60}, which is not known here: {', '.join(sorted(KNOWN))}")
    if name == bare:
        return name, value
    try:
        return bare, Path(value).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeError) as fault:
        raise BadKafkaSettings(f"{path} names a file for {bare} that cannot be read") from fault
