"""The witness over HTTP: one address that takes checkpoints, one that shows the newest (c2sp.org/tlog-witness)."""

from __future__ import annotations

import re
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from burgrave.engines.note import NoteError
from burgrave.engines.witness import NotWitnessed, StaleOldSize, parse_request
from burgrave.engines.witness.requests import MAX_REQUEST_BYTES

if TYPE_CHECKING:
    from socketserver import _AfInetAddress

    from burgrave.cli.witnessing.home import Witness

REQUEST_SECONDS = 10.0
MOST_AT_ONCE = 16
_CHECKPOINT = re.compile(r"/(?P<origin_hash>[0-9a-f]{64})/checkpoint")


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; whoever comes while ``MOST_AT_ONCE`` others are served waits in the queue of the system."""

    daemon_threads = True

    def __init__(self, address: _AfInetAddress, witness: Witness, *, clock: Callable[[], float] = time.time) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.witness = witness
        self.clock = clock
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(address, Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        # A sender that drips bytes is cut off at the deadline, whatever it sends.
        guard = threading.Timer(REQUEST_SECONDS, _cut, args=[request])
        guard.daemon = True
        guard.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            guard.cancel()
            self._places.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke is nobody's news; the next one is served."""


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was over already


class Handler(BaseHTTPRequestHandler):
    """One request. Answers are plain text and close the connection."""

    server: WitnessServer
    timeout = REQUEST_SECONDS
    server_version = "burgrave-witness"
    sys_version = ""

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            self.answer(404, "there is no such address\n")
            return
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MAX_REQUEST_BYTES:
            self.answer(413, f"a request has a Content-Length of at most {MAX_REQUEST_BYTES}\n")
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return
        try:
            line = self.server.witness.add(parse_request(body), now=int(self.server.clock()))
        except NoteError as error:
            self.answer(400, f"{error}\n")
        except StaleOldSize as refusal:
            self.answer(refusal.status, f"{refusal.known_size}\n", content_type="text/x.tlog.size")
        except NotWitnessed as refusal:
            self.answer(refusal.status, f"{type(refusal).__name__}: {refusal}\n")
        except sqlite3.Error as error:
            self.log_error("keeping a checkpoint failed: %s", error)
            self.answer(503, "the witness cannot keep what it sees; nothing was signed\n")
        else:
            self.answer(200, line)

    def do_GET(self) -> None:
        match = _CHECKPOINT.fullmatch(self.path)
        note = self.server.witness.checkpoint(match["origin_hash"]) if match else None
        if note is None:
            self.answer(404, "no checkpoint of such a log was cosigned here\n")
        else:
            self.answer(200, note)

    def answer(self, status: int, text: str, *, content_type: str = "text/plain; charset=utf-8") -> None:
        """The whole answer is sent."""
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)
