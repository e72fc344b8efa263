"""`burgrave serve`: the web server and the worker under one supervisor, or one of them alone."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from types import FrameType

import click

from burgrave.cli.aside import preparing
from burgrave.cli.supervisor import Child, supervise
from burgrave.site import boot
from burgrave.site.orphans import STARTED_BY, leave_with_parent, started_by


class Role(StrEnum):
    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    LISTENER = "listener"


@dataclass(frozen=True, slots=True)
class Bind:
    """Where the web server listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Bind:
        host, colon, port = text.rpartition(":")
        host = host.strip("[]") or "127.0.0.1"
        if not colon or not port.isdecimal() or not 0 < int(port) < 65_536:  # noqa: PLR2004 - the range of TCP ports
            raise click.BadParameter(f"expected HOST:PORT such as 127.0.0.1:8000, got {text!r}")
        return cls(host, int(port))

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def must_be_free(self) -> None:
        """Return when nothing listens there yet. Raises click.ClickException."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise click.ClickException(
                    f"listening at {self.host}:{self.port}: {error.strerror}. "
                    "End the program that uses it, or choose another address with --bind HOST:PORT."
                ) from error


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="HOST:PORT where the pages are served.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.ALL.value,
    show_default=True,
    help="Serve pages, run jobs and hear log sources (all), or one of these.",
)
def serve(bind: str, role: str) -> None:
    """Serve the pages and run the jobs until stopped with Ctrl-C or SIGTERM."""
    address = Bind.parse(bind)
    chosen = Role(role)
    parent = started_by()
    if parent is not None and chosen is Role.WEB:
        _answer(address, parent=parent)
        return
    if parent is not None and chosen is Role.WORKER:
        _work(parent=parent)
        return
    if chosen is Role.LISTENER:
        _hear(is_alone=parent is None)
        return
    if chosen is not Role.WORKER:
        address.must_be_free()
    _prepare(address, chosen)
    if chosen is Role.WORKER:
        _work()
        return
    children = [_web(address)]
    if chosen is Role.ALL:
        children.extend((_worker(), _listener()))
    sys.exit(supervise(children))


def say_where(address: Bind, role: Role) -> None:
    """Settings know the address that is served, unless they say another or a proxy stands before it.

    Whoever is to send events here, or gets a letter, is told it; processes that are started inherit it.
    """
    if role is not Role.WORKER and address.is_loopback and not os.environ.get("BURGRAVE_HTTPS"):
        os.environ.setdefault("BURGRAVE_URL", address.url)


def _prepare(address: Bind, role: Role) -> None:
    say_where(address, role)
    boot.boot()
    boot.migrate()
    link = boot.ready_to_serve()
    from burgrave.intake import commands as intake

    intake.mark_listening()
    if role is Role.WORKER:
        return
    click.echo(f"Burgrave is at {address.url}/", err=True)
    if link:
        click.echo(f"\n  Set up here, once, from this machine:\n  {address.url}{link}\n", err=True)
    if not address.is_loopback and not os.environ.get("BURGRAVE_HTTPS"):
        click.echo(
            "warning: pages are served without TLS on an address that others can reach; "
            "put a proxy with TLS in front and set BURGRAVE_HTTPS=1.",
            err=True,
        )


def _web(address: Bind) -> Child:
    bind = f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"
    return Child(
        name="web", arguments=(sys.executable, "-m", "burgrave", "serve", "--role", Role.WEB.value, "--bind", bind)
    )


def _worker() -> Child:
    return Child(name="worker", arguments=(sys.executable, "-m", "burgrave", "serve", "--role", Role.WORKER.value))


def _listener() -> Child:
    from burgrave.intake import commands as intake

    return Child(
        name="listener",
        arguments=(sys.executable, "-m", "burgrave", "serve", "--role", Role.LISTENER.value),
        is_wanted=intake.listening_mark().exists,
    )


def _hear(*, is_alone: bool) -> None:
    """Hear log sources until stopped; whoever is alone brings the database up to date first."""
    from burgrave.cli.listen import run

    boot.boot()
    if is_alone:
        boot.migrate()
    run()


def _answer(address: Bind, *, parent: int) -> None:
    """Run the web server in this process, which leads a group of its own, until stopped."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    # The whole group at once: a server process that is still coming up watches nobody yet, but would hold the port.
    leave_with_parent(lambda: os.killpg(0, signal.SIGKILL), parent=parent)
    os.environ[STARTED_BY] = str(os.getpid())
    Granian(
        "burgrave.site.wsgi:application",
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=1,
        # A thread waits with whoever sends slowly, so there are more of them than the machine has cores.
        blocking_threads=16,
        backpressure=64,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=3,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        log_level=LogLevels.error,  # a warning would only count these threads against the cores
        websockets=False,
    ).serve()


def _work(*, parent: int | None = None) -> None:
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if parent is not None:
        leave_with_parent(stop.set, parent=parent)
    boot.boot()
    from burgrave.site import worker

    with preparing():
        worker.run(stop)
