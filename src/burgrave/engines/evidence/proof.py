"""A record's proof as text that foreign tools read (c2sp.org/tlog-proof).

It holds the index, the inclusion path and the signed checkpoint.
"""

import re
from dataclasses import dataclass

from burgrave.engines.evidence.terms import BundleError
from burgrave.engines.note import NoteError
from burgrave.engines.note.words import from_base64, to_base64

HEADER = "c2sp.org/tlog-proof@v1"

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Entry ``index`` is in the log whose signed checkpoint is ``note``.

    ``path`` leads from its leaf to the root.
    """

    index: int
    path: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        path = "".join(f"{to_base64(each)}\n" for each in self.path)
        return f"{HEADER}\nindex {self.index}\n{path}\n{self.note}"


def parse_proof(data: bytes) -> InclusionProof:
    """Return the proof. The optional line of extra data has no place in a bundle. Raises BundleError."""
    try:
        head, separator, note = data.decode("utf-8").partition("\n\n")
        header, index, *path = head.split("\n")
        match = _INDEX.fullmatch(index)
        if header != HEADER or match is None or not separator:
            raise BundleError(f"the proof does not begin with {HEADER} and an index")
        return InclusionProof(int(match[1]), tuple(from_base64(each, what="a hash of the path") for each in path), note)
    except (ValueError, NoteError) as fault:
        raise BundleError(f"the proof is not of the form {HEADER}: {fault}") from fault
