"""The JSON API of evidence and of the chain: the same queries and commands as the pages."""

from ninja import Router

from burgrave.assurance.api.chain import router as chain
from burgrave.assurance.api.evidence import router as evidence
from burgrave.assurance.api.findings import router as findings
from burgrave.assurance.api.frameworks import router as frameworks

router = Router(tags=["assurance"])
for part in (evidence, frameworks, chain, findings):
    router.add_router("", part)

__all__ = ["router"]
