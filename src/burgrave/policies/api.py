"""The JSON API of policies, norms and procedures: the same queries and commands as the pages."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["policies"])
