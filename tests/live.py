"""A real installation for a test: its own state directory, the real command, and a client that fills in forms."""

from __future__ import annotations

import atexit
import contextlib
import http.cookiejar
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from made import made_once

ADMIN, PASSWORD = "ada@example.org", "correct horse battery staple"
BURGRAVE = (sys.executable, "-m", "burgrave")
MAKE_TABLES = (
    "from burgrave.site import boot; boot.boot(); "
    "from django.core.management import call_command; call_command('migrate', interactive=False, verbosity=0)"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, database_url: str = "") -> dict[str, str]:
    """What a process of this installation is given: SQLite, unless the URL of a PostgreSQL is named."""
    kept = {key: value for key, value in os.environ.items() if key not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}}
    chosen = {"DATABASE_URL": database_url} if database_url else {}
    return {**kept, **chosen, "BURGRAVE_HOME": str(home), "PYTHONWARNINGS": "default"}


def run(
    home: Path, *arguments: str, typed: str = "", timeout: float = 120, database_url: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one `burgrave` command to its end."""
    return subprocess.run(
        [*BURGRAVE, *arguments],
        env=environment(home, database_url),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def prepare(home: Path) -> None:
    """The state directory gets an SQLite database that has every table and is empty otherwise.

    Making the tables takes a fresh installation some fifteen seconds of processor time; here it happens once for each
    state of the migrations, and every test after that begins with a copy.
    """
    database = home / "burgrave.sqlite3"
    if database.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(with_tables(), database)


def with_tables() -> Path:
    """An SQLite database that has every table and is empty otherwise; not to be written to."""
    return made_once("made.sqlite3", _make_sqlite)


def _make_sqlite(home: Path) -> Path:
    make_tables(home)
    whole = home / "whole.sqlite3"
    with closing(sqlite3.connect(home / "burgrave.sqlite3")) as full:
        full.execute("VACUUM INTO ?", (str(whole),))
    return whole


def make_tables(home: Path, database_url: str = "") -> None:
    """The database has every table, as the migrations make them."""
    done = subprocess.run([sys.executable, "-c", MAKE_TABLES], env=environment(home, database_url), check=False)
    assert done.returncode == 0


def set_up(home: Path, database_url: str = "") -> None:
    """The organisation exists, and its administrator. On SQLite that happens once for each process of a test run."""
    if database_url:
        _set_up(home, database_url)
        return
    if not _as_set_up:
        made = Path(tempfile.mkdtemp(prefix="burgrave-set-up-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        prepare(made)
        _set_up(made)
        _as_set_up.append(made)
    assert not (home / "burgrave.sqlite3").exists(), f"{home} has a database already"
    shutil.copytree(_as_set_up[0], home, dirs_exist_ok=True)


_as_set_up: list[Path] = []


def _set_up(home: Path, database_url: str = "") -> None:
    arguments = ("setup", "--organisation", "Example", "--admin", ADMIN, "--password-stdin")
    done = run(home, *arguments, typed=PASSWORD + "\n", database_url=database_url)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    url: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object, **_named: object) -> None:
        return None


@dataclass
class Browser:
    """A client with cookies that posts forms as a browser without JavaScript would."""

    base: str
    timeout: float = 30
    token: str = ""
    opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, _Stay())

    def get(self, path: str) -> Answer:
        answer = self._open(urllib.request.Request(urllib.parse.urljoin(self.base, path)))
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
        self.token = found.group(1) if found else self.token
        return answer

    def post(self, path: str, data: dict[str, str | list[str]]) -> Answer:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.token, **data}, doseq=True).encode()
        return self._post(path, body, "application/x-www-form-urlencoded")

    def upload(self, path: str, name: str, content: bytes, data: dict[str, str] | None = None) -> Answer:
        boundary = secrets.token_hex(16)
        fields = {"csrfmiddlewaretoken": self.token, **(data or {})}
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        parts += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", content]
        parts += [f"\r\n--{boundary}--\r\n".encode()]
        return self._post(path, b"".join(parts), f"multipart/form-data; boundary={boundary}")

    def sign_in(self, email: str = ADMIN, password: str = PASSWORD) -> None:
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", {"login": email, "password": password})
        assert answer.status == 302, answer.text[:3000]
        self.get("/")

    def _post(self, path: str, body: bytes, content_type: str) -> Answer:
        url = urllib.parse.urljoin(self.base, path)
        headers = {"Content-Type": content_type, "Referer": url, "X-CSRFToken": self.token}
        return self._open(urllib.request.Request(url, data=body, headers=headers, method="POST"))

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with self.opener.open(request, timeout=self.timeout) as response:
                return Answer(response.status, response.headers.get("Location", response.url), response.read())
        except urllib.error.HTTPError as answer:
            with answer:
                return Answer(answer.code, answer.headers.get("Location", answer.url), answer.read())


@dataclass
class Installation:
    """A running `burgrave serve`."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    database_url: str = ""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self) -> Browser:
        browser = Browser(self.base)
        browser.sign_in()
        return browser

    def browser_after_kills(self, seconds: float = 60) -> Browser:
        """Signed in although a server may still be on its way out.

        A web worker whose parent was killed answers until it notices that. So the page that says "up" can come from
        one that is gone at the next request: whoever signs in then tries again, as a person would.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.browser()
            except OSError:
                assert time.monotonic() < deadline, self.log.read_text()[-5000:]
                time.sleep(0.2)

    def is_up(self) -> bool:
        with contextlib.suppress(OSError):
            return Browser(self.base, timeout=10).get("/accounts/login/").status == 200
        return False

    def wait_until_answering(self, seconds: float = 60) -> None:
        """Until any page answers, the one that says "not set up" too."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                Browser(self.base, timeout=3).get("/setup/")
                return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(f"no answer after {seconds} s: {self.log.read_text()}")

    def wait_until_up(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.is_up():
                return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(f"not up after {seconds} s: {self.log.read_text()}")

    def descendants(self) -> dict[str, list[int]]:
        """The processes under the supervisor, as "web", "web worker", "worker" and "listener"."""
        children: dict[int, list[int]] = {}
        commands: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(OSError, IndexError):
                    stat = (entry / "stat").read_text().rpartition(")")[2].split()
                    if stat[0] != "Z":
                        children.setdefault(int(stat[1]), []).append(int(entry.name))
                        commands[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        found: dict[str, list[int]] = {"web": [], "web worker": [], "worker": [], "listener": []}
        for child in children.get(self.process.pid, []):
            role = commands.get(child, "").partition("--role ")[2].partition(" ")[0]
            is_web = role == "web"
            found[role if role in found else "worker"].append(child)
            if is_web:
                found["web worker"] += [
                    pid for pid in children.get(child, []) if "resource_tracker" not in commands.get(pid, "")
                ]
        return found

    def start_again(self) -> None:
        """After the supervisor has ended: a new one at the same address."""
        self.process = start(self.home, self.port, self.database_url).process

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)


def processes_of(home: Path) -> list[int]:
    """Every process that runs in this state directory, whoever is its parent."""
    mark = f"BURGRAVE_HOME={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def start(home: Path, port: int | None = None, database_url: str = "") -> Installation:
    if not database_url:
        prepare(home)
    port = port or free_port()
    log = home / "serve.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*BURGRAVE, "serve", "--bind", f"127.0.0.1:{port}"],
            env=environment(home, database_url),
            stdout=output,
            stderr=output,
        )
    return Installation(home, port, process, log, database_url)


@contextlib.contextmanager
def installation(home: Path, database_url: str = "") -> Iterator[Installation]:
    """Set up, start, and stop an installation."""
    home.mkdir(parents=True, exist_ok=True)
    set_up(home, database_url)
    running = start(home, database_url=database_url)
    try:
        running.wait_until_up()
        yield running
    finally:
        running.stop()
