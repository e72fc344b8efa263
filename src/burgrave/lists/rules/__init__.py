"""Decisions of the domain, without Django."""

from burgrave.lists.rules.searching import Scope, excerpt, indexed_tokens, match_expression, scopes, tsquery
from burgrave.lists.rules.viewing import kept_query, may_keep_another, may_share, narrowing, usable_name

__all__ = [
    "Scope",
    "excerpt",
    "indexed_tokens",
    "kept_query",
    "match_expression",
    "may_keep_another",
    "may_share",
    "narrowing",
    "scopes",
    "tsquery",
    "usable_name",
]
