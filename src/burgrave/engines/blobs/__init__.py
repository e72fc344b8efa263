"""A content-addressed folder: files stand under the SHA-256 of their bytes, whole or not at all."""

from burgrave.engines.blobs.store import (
    CHUNK_BYTES,
    BlobDamaged,
    BlobError,
    BlobMissing,
    Blobs,
    BlobWriter,
    Digest,
)

__all__ = ["CHUNK_BYTES", "BlobDamaged", "BlobError", "BlobMissing", "BlobWriter", "Blobs", "Digest"]
