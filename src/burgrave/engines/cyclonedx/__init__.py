"""Bills of materials in CycloneDX 1.2 to 1.6 (ECMA-424), JSON and XML, as components, services and their dependencies.

Nothing in a document is fetched or resolved. What is not understood is counted, never dropped in silence.
"""

from burgrave.engines.cyclonedx.reading import read_bom
from burgrave.engines.cyclonedx.terms import (
    Bom,
    BomError,
    BomLimits,
    Component,
    Hash,
    NotABom,
    NothingNamed,
    TooLarge,
)

__all__ = ["Bom", "BomError", "BomLimits", "Component", "Hash", "NotABom", "NothingNamed", "TooLarge", "read_bom"]
