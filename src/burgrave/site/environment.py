"""What the environment and the state directory say, parsed once with a sentence for every bad value."""

from __future__ import annotations

import os
import secrets
import ssl
import tomllib
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import dj_database_url

from burgrave.custody.terms import Anchors, parse_witness
from burgrave.notifications.terms import MailServer, Security, TargetRules
from burgrave.people.terms.providers import AnyProvider, parse_providers

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}
DEFAULT_MAX_UPLOAD_BYTES = 8 * 1024**3
DEFAULT_SPOOL_BYTES = 512 * 1024**2
DEFAULT_SPOOL_FREE_BYTES = 1024**3
DEFAULT_CORRELATION_BYTES = 32 * 1024 * 1024
DEFAULT_LATENESS_SECONDS, LONGEST_LATENESS_SECONDS = 120, 86_400


class BadSetting(ValueError):
    """An environment variable holds something that Burgrave cannot use."""


def home() -> Path:
    """The state directory, made with mode 0700 where it is missing; what this process makes is its owner's alone."""
    os.umask(0o077)
    path = Path(os.environ.get("BURGRAVE_HOME") or default_home()).expanduser().resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def default_home() -> Path:
    """``var`` beside the Makefile of a checkout, wherever one stands; ``var`` in the present folder otherwise."""
    checkout = Path(__file__).resolve().parents[3]
    return (checkout if (checkout / "Makefile").is_file() else Path.cwd()) / "var"


def scratch(home_directory: Path) -> Path:
    """The directory of files that are still arriving."""
    path = home_directory / "incoming"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def flag(name: str) -> bool:
    """True or false of a switch. Raises BadSetting for any other word."""
    value = os.environ.get(name, "").strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise BadSetting(f"{name} is a switch: expected 1 or 0, got {value!r}")


def secret_key(home_directory: Path) -> str:
    """The key that signs sessions, made at the first start and kept in a file that only the owner reads."""
    return _kept_secret(
        home_directory / "secret_key", "Delete the file to have a new one made; everybody is then signed out."
    )


def factor_key(home_directory: Path) -> bytes:
    """What the secrets of second factors are encrypted under, made at the first start and kept beside the database."""
    mend = "Put the right file back: with a new one nobody's app or recovery codes work, and each must be reset."
    return _kept_secret(home_directory / "factor_key", mend).encode("ascii")


def _kept_secret(path: Path, mend: str) -> str:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _when_written(path, mend)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key


def _when_written(path: Path, mend: str) -> str:
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 40:  # noqa: PLR2004 - 48 random bytes are 64 characters; a shorter file was cut or edited
        raise BadSetting(
            f"reading a key: {path.name} in the state directory holds {len(key)} characters, expected 64. {mend}"
        )
    return key


def hosts() -> list[str]:
    """The host names that requests may carry: the loopback names, and those of BURGRAVE_HOSTS."""
    named = [name.strip() for name in os.environ.get("BURGRAVE_HOSTS", "").split(",")]
    return ["localhost", "127.0.0.1", "[::1]", *[name for name in named if name]]


def trusted_origins(names: list[str], *, https: bool) -> list[str]:
    """The origins that may post forms when a proxy ends TLS in front."""
    return [f"https://{name}" for name in names if https and name not in {"127.0.0.1", "[::1]", "*"}]


def key_passphrase() -> bytes | None:
    """The passphrase of the ledger's signing key, from the file that BURGRAVE_KEY_PASSPHRASE_FILE names."""
    name = os.environ.get("BURGRAVE_KEY_PASSPHRASE_FILE")
    if not name:
        return None
    try:
        phrase = Path(name).read_bytes().strip()
    except OSError as error:
        raise BadSetting(f"reading BURGRAVE_KEY_PASSPHRASE_FILE: {error.strerror}: {name}") from error
    if not phrase:
        raise BadSetting(f"reading BURGRAVE_KEY_PASSPHRASE_FILE: {name} is empty, expected a passphrase")
    return phrase


def confirmation_minutes() -> int:
    """For how long a proof of identity opens dangerous acts."""
    value = os.environ.get("BURGRAVE_CONFIRMATION_MINUTES", "") or "15"
    if not value.isdecimal() or not 1 <= int(value) <= 24 * 60:
        raise BadSetting(f"BURGRAVE_CONFIRMATION_MINUTES is a number of minutes from 1 to 1440, got {value!r}")
    return int(value)


def password_sign_in() -> bool:
    """Whether somebody may sign in with a password; without BURGRAVE_PASSWORD_SIGN_IN they may."""
    return "BURGRAVE_PASSWORD_SIGN_IN" not in os.environ or flag("BURGRAVE_PASSWORD_SIGN_IN")


def identity_providers() -> tuple[AnyProvider, ...]:
    """The identity providers of the file that BURGRAVE_IDENTITY_PROVIDERS names. Raises BadSetting."""
    name = os.environ.get("BURGRAVE_IDENTITY_PROVIDERS")
    if not name:
        return ()
    path = Path(name)
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("provider", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("tables [[provider]] are expected")
        return parse_providers([_with_files(row, beside=path.parent) for row in rows])
    except OSError as error:
        raise BadSetting(f"reading BURGRAVE_IDENTITY_PROVIDERS: {error.strerror}: {error.filename}") from error
    except ValueError as error:
        raise BadSetting(f"BURGRAVE_IDENTITY_PROVIDERS: {name}: {error}") from error


def _with_files(row: dict[str, object], *, beside: Path) -> dict[str, object]:
    """What ``client_secret_file`` and ``certificate_file`` name is read; the file itself holds no secret."""
    read = dict(row)
    for name in ("client_secret", "certificate"):
        if name in read:
            raise ValueError(f"{name}: write it into a file of its own and name that with {name}_file")
        if f"{name}_file" in read:
            read[name] = (beside / str(read.pop(f"{name}_file"))).read_text(encoding="utf-8").strip()
    return read


def max_upload_bytes() -> int:
    """The largest event file that a request may carry."""
    return _bytes("BURGRAVE_MAX_UPLOAD_BYTES", DEFAULT_MAX_UPLOAD_BYTES)


def spool_bytes() -> int:
    """How much of one log source may wait to be read."""
    return _bytes("BURGRAVE_SPOOL_BYTES", DEFAULT_SPOOL_BYTES)


def spool_free_bytes() -> int:
    """How much of the disk stays free of what streams bring."""
    return _bytes("BURGRAVE_SPOOL_FREE_BYTES", DEFAULT_SPOOL_FREE_BYTES)


def correlation_bytes() -> int:
    """How much correlations may remember of the streams of one unit."""
    return _bytes("BURGRAVE_CORRELATION_BYTES", DEFAULT_CORRELATION_BYTES)


def correlation_lateness() -> timedelta:
    """How much later than younger events of its unit an event of a stream may come. Raises BadSetting."""
    value = os.environ.get("BURGRAVE_CORRELATION_LATENESS_SECONDS", "") or str(DEFAULT_LATENESS_SECONDS)
    if not value.isdecimal() or int(value) > LONGEST_LATENESS_SECONDS:
        raise BadSetting(
            f"BURGRAVE_CORRELATION_LATENESS_SECONDS is a number from 0 to {LONGEST_LATENESS_SECONDS}, got {value!r:.40}"
        )
    return timedelta(seconds=int(value))


def listener_file(name: str) -> Path | None:
    """A file of the listener's TLS, None where none is named. Raises BadSetting for one that is not there."""
    value = os.environ.get(f"BURGRAVE_LISTENER_{name}", "")
    if not value:
        return None
    path = Path(value)
    if not path.is_file():
        raise BadSetting(f"BURGRAVE_LISTENER_{name} names {value}, which is no file")
    return path


def kafka_file() -> Path | None:
    """How brokers are reached: TLS, certificates, user and password. Raises BadSetting."""
    value = os.environ.get("BURGRAVE_KAFKA", "")
    if not value:
        return None
    path = Path(value)
    if not path.is_file():
        raise BadSetting(f"BURGRAVE_KAFKA names {value}, which is no file")
    return path


def _bytes(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isdecimal() or int(value) == 0:
        raise BadSetting(f"{name} is a number of bytes above 0, got {value!r}")
    return int(value)


def anchors() -> Anchors:
    """What holds the ledger from outside: witnesses, a time stamping authority, copies. Raises BadSetting."""
    try:
        witnesses = tuple(parse_witness(each) for each in os.environ.get("BURGRAVE_WITNESSES", "").split())
    except ValueError as error:
        raise BadSetting(f"BURGRAVE_WITNESSES: {error}") from error
    names = [witness.key.name for witness in witnesses]
    if len(set(names)) < len(names):
        raise BadSetting(f"BURGRAVE_WITNESSES names a witness twice: {', '.join(names)}")
    url, roots = os.environ.get("BURGRAVE_TIMESTAMP_URL", ""), os.environ.get("BURGRAVE_TIMESTAMP_ROOTS", "")
    if bool(url) != bool(roots):
        raise BadSetting("BURGRAVE_TIMESTAMP_URL and BURGRAVE_TIMESTAMP_ROOTS, its root certificates, go together")
    if url and not url.startswith(("http://", "https://")):
        raise BadSetting(f"BURGRAVE_TIMESTAMP_URL is an address of http or https, got {url!r:.200}")
    return Anchors(
        witnesses=witnesses,
        timestamp_url=url,
        timestamp_roots=Path(roots) if roots else None,
        copies=tuple(os.environ.get("BURGRAVE_CHECKPOINT_COPIES", "").split()),
    )


def base_url(names: list[str], *, https: bool) -> str:
    """The address under which people reach Burgrave, for links in messages; without a slash at its end."""
    url = os.environ.get("BURGRAVE_URL", "").rstrip("/")
    if not url:
        outside = [name for name in names if name not in {"localhost", "127.0.0.1", "[::1]", "*"}]
        return f"https://{outside[0].lstrip('.')}" if https and outside else "http://127.0.0.1:8000"
    if not url.startswith(("http://", "https://")):
        raise BadSetting(f"BURGRAVE_URL is an address of http or https, got {url!r:.200}")
    return url


MAIL_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}
LARGEST_PORT = 65_535


def mail_server() -> MailServer | None:
    """Where messages are handed over; None when BURGRAVE_SMTP_HOST is unset. Raises BadSetting."""
    host = os.environ.get("BURGRAVE_SMTP_HOST", "").strip()
    if not host:
        return None
    word = os.environ.get("BURGRAVE_SMTP_SECURITY", "") or Security.STARTTLS
    if word not in set(Security):
        raise BadSetting(f"BURGRAVE_SMTP_SECURITY is tls, starttls or none, got {word!r}")
    security = Security(word)
    sender = os.environ.get("BURGRAVE_MAIL_FROM", "")
    if "@" not in sender or any(sign in sender for sign in "\r\n"):
        raise BadSetting(f"BURGRAVE_MAIL_FROM is the address that messages come from, got {sender!r:.200}")
    return MailServer(
        host=host,
        port=_number("BURGRAVE_SMTP_PORT", MAIL_PORTS[security], most=LARGEST_PORT),
        security=security,
        sender=sender,
        user=os.environ.get("BURGRAVE_SMTP_USER", ""),
        password=_mail_password(),
        timeout_seconds=_number("BURGRAVE_SMTP_TIMEOUT", 20, most=600),
    )


def _mail_password() -> str:
    name = os.environ.get("BURGRAVE_SMTP_PASSWORD_FILE", "")
    if not name:
        return ""
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"reading BURGRAVE_SMTP_PASSWORD_FILE: {error}") from error


def _number(name: str, default: int, *, most: int) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isascii() or not value.isdecimal() or not 0 < int(value) <= most:
        raise BadSetting(f"{name} is a number from 1 to {most}, got {value!r:.50}")
    return int(value)


def ca_file() -> Path | None:
    """Certificates of authorities that are believed besides those of the system. Raises BadSetting."""
    name = os.environ.get("BURGRAVE_CA_FILE", "")
    if not name:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=name)
    except OSError as error:
        raise BadSetting(f"BURGRAVE_CA_FILE names a file of certificates in PEM: {name!r:.200}: {error}") from error
    return Path(name)


def webhook_targets() -> TargetRules:
    """Where webhooks may lead besides public servers over TLS. Raises BadSetting."""
    named = os.environ.get("BURGRAVE_WEBHOOK_NETWORKS", "").split()
    try:
        networks = tuple(ip_network(each) for each in named)
    except ValueError as error:
        raise BadSetting(f"BURGRAVE_WEBHOOK_NETWORKS holds networks like 10.20.0.0/16: {error}") from error
    return TargetRules(allow_http=flag("BURGRAVE_WEBHOOK_HTTP"), networks=networks)


def database(home_directory: Path) -> dict[str, Any]:
    """Django's database entry: SQLite in the state directory, or the PostgreSQL of DATABASE_URL."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return _sqlite(home_directory / "burgrave.sqlite3")
    if not url.startswith(("postgres://", "postgresql://")):
        raise BadSetting(f"DATABASE_URL must name a PostgreSQL database, got the scheme {url.split(':', 1)[0]!r}")
    entry: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=0))
    entry["OPTIONS"] = {**entry.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 8, "timeout": 20}}
    return entry


def _sqlite(path: Path) -> dict[str, Any]:
    # IMMEDIATE takes the write lock at the start, so that two writers wait for each other instead of failing
    # in the middle; WAL lets readers go on meanwhile. FULL makes a committed write survive a power cut. Those who
    # wait ask ten times a second, in no order, so that on a busy machine some come late: they wait for a minute.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=60000;",
        },
        "CONN_MAX_AGE": 60,
    }
