"""The state of an installation: each finding says what was looked at, what was found, and how to mend it."""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from burgrave.custody import queries as custody
from burgrave.custody.terms import AnchorState
from burgrave.intake import queries as intake
from burgrave.jobs import queries as jobs
from burgrave.jobs.terms import WorkerState
from burgrave.ledger import queries as ledger
from burgrave.people import queries as people
from burgrave.web.errors import Refusal

LEAST_FREE_BYTES = 2 * 1024**3
OLDEST_PENDING_SECONDS = 60
OLDEST_DUE_SECONDS = 300
MOST_NAMED = 5


class Verdict(Enum):
    GOOD = "ok"
    WEAK = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    verdict: Verdict
    found: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"what": self.what, "verdict": self.verdict.value, "found": self.found, "mend": self.mend}


def examine() -> tuple[Finding, ...]:
    """Look at everything, in an order in which an earlier fault explains a later one."""
    first = [_python(), _state_directory(), _secret_files(), _free_space(), _extras(), _web_settings()]
    database = _database()
    if database.verdict is Verdict.BAD:
        return (*first, database)
    tables = _tables()
    if tables.verdict is Verdict.BAD:
        return (*first, database, tables)
    return (
        *first,
        database,
        tables,
        *[_guarded(look) for look in (_set_up, _key, _ledger, _anchors, _pending, _worker, _schedules, _spool)],
    )


def _guarded(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (Refusal, DatabaseError, OSError) as error:
        what = look.__name__.strip("_").replace("_", " ")
        return Finding(what=what, verdict=Verdict.BAD, found=str(error), mend=getattr(error, "mend", ""))


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(what="python", verdict=Verdict.GOOD, found=found)


def _state_directory() -> Finding:
    home: Path = settings.BURGRAVE_HOME
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        exposed = [path.name for path in sorted(home.glob("*.sqlite3*")) if stat.S_IMODE(path.stat().st_mode) & 0o044]
        return Finding(
            what="state directory",
            verdict=Verdict.BAD if exposed else Verdict.WEAK,
            found=f"{home} is open to other accounts (mode {mode:04o})"
            + (f", and they may read {', '.join(exposed)}" if exposed else ""),
            mend=f"chmod 0700 {home}",
        )
    return Finding(what="state directory", verdict=Verdict.GOOD, found=f"{home} (mode {mode:04o})")


def _secret_files() -> Finding:
    home: Path = settings.BURGRAVE_HOME
    candidates = [home / "secret_key", home / "factor_key", *sorted((home / "keys").glob("*.pem"))]
    loose = [path for path in candidates if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if loose:
        names = " ".join(str(path) for path in loose)
        return Finding(
            what="secret files",
            verdict=Verdict.BAD,
            found=f"others may read {names}",
            mend=f"chmod 0600 {names}, then replace the keys: they may have been copied",
        )
    return Finding(what="secret files", verdict=Verdict.GOOD, found="readable by the owner only")


def _free_space() -> Finding:
    free = shutil.disk_usage(settings.BURGRAVE_HOME).free
    text = f"{free / 1024**3:.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        return Finding(
            what="disk", verdict=Verdict.BAD, found=text, mend="make room: event files and the ledger need it"
        )
    return Finding(what="disk", verdict=Verdict.GOOD, found=text)


def _extras() -> Finding:
    if importlib.util.find_spec("hyperscan") is None:
        return Finding(
            what="pattern engine",
            verdict=Verdict.WEAK,
            found="hyperscan is not installed for this machine; detection is correct but slower",
            mend="install the package hyperscan where a wheel exists for this processor",
        )
    return Finding(what="pattern engine", verdict=Verdict.GOOD, found="hyperscan")


def _web_settings() -> Finding:
    if settings.DEBUG:
        return Finding(
            what="debug mode",
            verdict=Verdict.BAD,
            found="on: error pages show settings and source",
            mend="unset BURGRAVE_DEBUG",
        )
    outside = [name for name in settings.ALLOWED_HOSTS if name not in {"localhost", "127.0.0.1", "[::1]"}]
    if outside and not settings.BURGRAVE_HTTPS:
        return Finding(
            what="transport",
            verdict=Verdict.BAD,
            found=f"served for {', '.join(outside)} without TLS",
            mend="put a proxy with TLS in front and set BURGRAVE_HTTPS=1",
        )
    if any(name.startswith(("*", ".")) for name in outside):
        return Finding(
            what="transport",
            verdict=Verdict.WEAK,
            found=f"served for any host that {', '.join(outside)} covers: whoever asks chooses the name in our links",
            mend="name the one host in BURGRAVE_HOSTS",
        )
    found = "TLS ends in front of Burgrave" if settings.BURGRAVE_HTTPS else "loopback only, without TLS"
    return Finding(what="transport", verdict=Verdict.GOOD, found=found)


def _database() -> Finding:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        return Finding(
            what="database",
            verdict=Verdict.BAD,
            found=f"no connection: {error}",
            mend="start the database that DATABASE_URL names, or unset it to use SQLite",
        )
    if connection.vendor == "sqlite":
        return Finding(what="database", verdict=Verdict.GOOD, found=f"SQLite {sqlite3.sqlite_version}")
    version = ".".join(str(part) for part in connection.get_database_version())
    return Finding(what="database", verdict=Verdict.GOOD, found=f"PostgreSQL {version}")


def _tables() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Finding(
            what="tables",
            verdict=Verdict.BAD,
            found=f"{len(waiting)} changes to the tables have not been made",
            mend="run burgrave serve or burgrave setup once; both make them",
        )
    return Finding(what="tables", verdict=Verdict.GOOD, found="as this version needs them")


def _set_up() -> Finding:
    if people.is_set_up():
        return Finding(what="set-up", verdict=Verdict.GOOD, found="an organisation and its administrator exist")
    return Finding(
        what="set-up",
        verdict=Verdict.WEAK,
        found="nobody has set this installation up",
        mend="run burgrave serve and open the link that it prints, or run burgrave setup",
    )


def _key() -> Finding:
    protected = "with a passphrase" if settings.BURGRAVE_KEY_PASSPHRASE else "without a passphrase"
    return Finding(what="signing key", verdict=Verdict.GOOD, found=f"{custody.fingerprint()} {protected}")


def _ledger() -> Finding:
    report = ledger.verify(
        verifier=custody.verifier(), kept=(*custody.kept_checkpoints(), *custody.cosigned_checkpoints())
    )
    return Finding(what="ledger", verdict=Verdict.GOOD, found=str(report))


def _anchors() -> Finding:
    rows = custody.anchors(settings.BURGRAVE_ANCHORS, now=timezone.now())
    if not rows:
        return Finding(
            what="anchors",
            verdict=Verdict.WEAK,
            found="nothing outside holds the ledger: whoever rules this machine could rewrite its past unseen",
            mend="run burgrave witness on another machine and name it in BURGRAVE_WITNESSES",
        )
    told = "; ".join(
        f"{row.kind} {row.name} {row.state}, {row.size} records held, {row.missing} missing"
        + (f": {row.error}" if row.error else "")
        for row in rows
    )
    if any(row.state is AnchorState.DISAGREES for row in rows):
        mend = "keep this machine as it is, run burgrave ledger verify, and compare with the witness's own checkpoint"
        return Finding(what="anchors", verdict=Verdict.BAD, found=told, mend=mend)
    if any(row.state is AnchorState.AWAY for row in rows):
        mend = "mend the way to it; work goes on, and the next answer covers the gap"
        return Finding(what="anchors", verdict=Verdict.WEAK, found=told, mend=mend)
    return Finding(what="anchors", verdict=Verdict.GOOD, found=told)


def _pending() -> Finding:
    oldest = ledger.oldest_pending_at()
    if oldest is None:
        return Finding(what="ledger sequence", verdict=Verdict.GOOD, found="every record has its place")
    seconds = (timezone.now() - oldest).total_seconds()
    if seconds > OLDEST_PENDING_SECONDS:
        return Finding(
            what="ledger sequence",
            verdict=Verdict.BAD,
            found=f"a record has waited {seconds:.0f} s for its place",
            mend="start a worker: burgrave serve, or burgrave serve --role worker",
        )
    return Finding(what="ledger sequence", verdict=Verdict.GOOD, found=f"the oldest record waits {seconds:.1f} s")


def _spool() -> Finding:
    found = intake.spool_health(now=timezone.now())
    told = f"{found.waiting_bytes / 1024**2:.1f} MiB wait to be read, {found.free_bytes / 1024**3:.1f} GiB free"
    if found.disk or found.waiting:
        told += (
            f"; {found.disk} batches of {found.log_sources} log sources were refused within a day for want of room, "
            f"{found.waiting} because too much waited, the last at {found.last_at:%Y-%m-%d %H:%M}Z"
        )
    if found.is_full:
        told += f"; {found.least_free_bytes / 1024**3:.1f} GiB must stay free, so senders are asked to wait"
        return Finding(what="spool", verdict=Verdict.BAD, found=told, mend="make room on the disk of the spool")
    if found.damaged:
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in found.damaged[:MOST_NAMED])
        told += f"; {len(found.damaged)} files were no segments and are kept aside: {names}"
        mend = "keep a copy, see whether the disk is sound, then remove them"
        return Finding(what="spool", verdict=Verdict.BAD, found=told, mend=mend)
    if found.disk or found.waiting:
        mend = "nothing is lost: senders repeat it; see that room stays and that workers keep up"
        return Finding(what="spool", verdict=Verdict.WEAK, found=told, mend=mend)
    return Finding(what="spool", verdict=Verdict.GOOD, found=told)


def _worker() -> Finding:
    now = timezone.now()
    found = jobs.figures(now=now)
    told = f"{found.due + found.running} waiting or running, {found.failed} failed, {found.done_last_hour} done in 1 h"
    alive = [row for row in jobs.workers(now=now) if row.state is WorkerState.ALIVE]
    silent = jobs.silent_workers(now=now)
    told += f"; {len(alive)} workers are heard"
    if silent:
        told += f", {len(silent)} fell silent"
    waited = found.oldest_due_seconds or 0
    if waited > OLDEST_DUE_SECONDS and not alive:
        mend = "start a worker: burgrave serve, or burgrave serve --role worker"
        return Finding(what="jobs", verdict=Verdict.BAD, found=f"{told}; one has waited {waited:.0f} s", mend=mend)
    if found.failed:
        mend = "burgrave jobs list --state failed says why; burgrave jobs retry tries again"
        return Finding(what="jobs", verdict=Verdict.WEAK, found=told, mend=mend)
    return Finding(what="jobs", verdict=Verdict.GOOD, found=told)


def _schedules() -> Finding:
    late = jobs.late_schedules(now=timezone.now())
    if late:
        return Finding(
            what="schedules",
            verdict=Verdict.WEAK,
            found=f"due for minutes and not begun: {', '.join(late)}",
            mend="start a worker: burgrave serve, or burgrave serve --role worker",
        )
    rows = jobs.schedules()
    paused = [row.name for row in rows if row.is_paused]
    told = f"{len(rows)} schedules" + (f", paused: {', '.join(paused)}" if paused else "")
    return Finding(what="schedules", verdict=Verdict.GOOD, found=told)
