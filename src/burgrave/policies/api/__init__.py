"""The JSON API of policies, norms and procedures: the same queries and commands as the pages."""

from __future__ import annotations

from ninja import Router

from burgrave.policies.api.documents import router as documents
from burgrave.policies.api.duties import router as duties
from burgrave.policies.api.following import router as following

router = Router(tags=["policies"])
router.add_router("", documents)
router.add_router("", duties)
router.add_router("", following)
