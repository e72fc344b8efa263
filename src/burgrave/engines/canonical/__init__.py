"""One byte sequence for one JSON value (RFC 8785, JSON Canonicalization Scheme)."""

from burgrave.engines.canonical.form import (
    JSON,
    MAX_BYTES,
    MAX_DEPTH,
    CanonicalError,
    canonical_json,
    ordered_json,
    parse_canonical,
)

__all__ = ["JSON", "MAX_BYTES", "MAX_DEPTH", "CanonicalError", "canonical_json", "ordered_json", "parse_canonical"]
