"""Decisions of the domain, without Django."""

from burgrave.lists.rules.searching import Scope, excerpt, indexed_tokens, match_expression, scopes, tsquery

__all__ = ["Scope", "excerpt", "indexed_tokens", "match_expression", "scopes", "tsquery"]
