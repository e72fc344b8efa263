"""Writing bytes while hashing them, and reading them back under their digest (SHA-256, FIPS 180-4)."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

CHUNK_BYTES = 1024 * 1024

_SHA256 = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming"


class BlobError(Exception):
    """The store cannot do what was asked; str() says what was found."""


class BlobMissing(BlobError):
    """Bytes with this digest are stored."""


class BlobDamaged(BlobError):
    """The stored bytes have the digest under which they stand."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What identifies stored bytes: 64 hexadecimal digits, and how many bytes there are."""

    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.sha256) or self.size_bytes < 0:
            raise ValueError(
                f"a digest is 64 hexadecimal digits and a size of 0 or more, got {self.sha256!r} and {self.size_bytes}"
            )


class Blobs:
    """The store under ``root``. Bytes that are there already are kept once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def writer(self) -> BlobWriter:
        """A place for bytes that arrive; nothing is stored before its ``finish``."""
        folder = self.root / _INCOMING
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return BlobWriter(self, folder / secrets.token_hex(16))

    def path(self, sha256: str) -> Path:
        """Where bytes with this digest stand or would stand. Raises BlobMissing for what is no digest."""
        if not _SHA256.fullmatch(sha256):
            raise BlobMissing(f"{sha256[:80]!r} is not a SHA-256 in hexadecimal")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def size_bytes(self, sha256: str) -> int:
        """The length of the stored bytes. Raises BlobMissing."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError as error:
            raise BlobMissing(f"no bytes with the SHA-256 {sha256} are stored") from error

    def open(self, sha256: str) -> BinaryIO:
        """The stored bytes, unchecked. Raises BlobMissing."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise BlobMissing(f"no bytes with the SHA-256 {sha256} are stored") from error

    def check(self, sha256: str) -> Digest:
        """Read everything once: the stored bytes have this digest. Raises BlobMissing, BlobDamaged."""
        size = 0
        for chunk in self.checked(sha256):
            size += len(chunk)
        return Digest(sha256, size)

    def checked(self, sha256_hex: str) -> Iterator[bytes]:
        """The stored bytes in chunks; the last one is given only once all of them have this digest.

        Whoever reads to the end without an error has the right bytes. Raises BlobMissing, BlobDamaged.
        """
        digest = sha256()
        with self.open(sha256_hex) as file:
            held = b""
            while chunk := file.read(CHUNK_BYTES):
                if held:
                    yield held
                digest.update(chunk)
                held = chunk
        if digest.hexdigest() != sha256_hex:
            raise BlobDamaged(f"the bytes stored under {sha256_hex} have the SHA-256 {digest.hexdigest()}")
        if held:
            yield held

    def digests(self) -> Iterator[tuple[str, float]]:
        """Every digest in the store, with the time of its last storing in seconds since 1970."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if _SHA256.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):
                    yield path.name, path.stat().st_mtime

    def incoming(self) -> Iterator[tuple[Path, float]]:
        """Every file that is still arriving or was left behind by a killed process, with its last write."""
        for path in (self.root / _INCOMING).glob("*"):
            with contextlib.suppress(FileNotFoundError):
                yield path, path.stat().st_mtime

    def remove(self, sha256: str) -> None:
        """No bytes stand under this digest."""
        self.path(sha256).unlink(missing_ok=True)


class BlobWriter:
    """Takes bytes one chunk after the other. As a context manager it discards what was not finished."""

    def __init__(self, blobs: Blobs, path: Path) -> None:
        self._blobs = blobs
        self._path = path
        self._hash = sha256()
        self._size = 0
        self._stands = False
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: BinaryIO | None = os.fdopen(descriptor, "wb", buffering=0)

    @property
    def size_bytes(self) -> int:
        return self._size

    def write(self, chunk: bytes) -> int:
        """The chunk is written and hashed. Raises BlobError after finish or discard, OSError when the disk is full."""
        file = self._open_file()
        view = memoryview(chunk)
        while view:
            view = view[file.write(view) :]
        self._hash.update(chunk)
        self._size += len(chunk)
        return len(chunk)

    def finish(self) -> Digest:
        """The bytes stand in the store, durably, under the digest returned."""
        file = self._open_file()
        os.fsync(file.fileno())
        file.close()
        self._file = None
        digest = Digest(self._hash.hexdigest(), self._size)
        target = self._blobs.path(digest.sha256)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Also where the bytes were there already: the new file has today's time, so no sweep takes it for old.
        self._path.replace(target)
        self._stands = True
        target.chmod(0o400)
        for folder in (target.parent, target.parent.parent, self._blobs.root):
            _sync(folder)
        return digest

    def discard(self) -> None:
        """Nothing of what was written remains, also of a ``finish`` that failed. Once it stands this does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if not self._stands:
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def _open_file(self) -> BinaryIO:
        if self._file is None:
            raise BlobError("this writer is finished or discarded; take a new one")
        return self._file


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
