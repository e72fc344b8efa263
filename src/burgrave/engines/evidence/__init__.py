"""Evidence bundles.

Records, proofs and documents in one zip that an outsider verifies with no program but this one.

Importing this package needs the standard library and ``cryptography``, nothing else.
"""

from burgrave.engines.evidence.archive import ArchiveError
from burgrave.engines.evidence.leaves import commit
from burgrave.engines.evidence.terms import (
    FORMAT,
    BundleDocument,
    BundleError,
    BundleRecord,
    Item,
    Opening,
    Verification,
)
from burgrave.engines.evidence.verify import verify_bundle
from burgrave.engines.evidence.write import write_bundle

__all__ = [
    "FORMAT",
    "ArchiveError",
    "BundleDocument",
    "BundleError",
    "BundleRecord",
    "Item",
    "Opening",
    "Verification",
    "commit",
    "verify_bundle",
    "write_bundle",
]
