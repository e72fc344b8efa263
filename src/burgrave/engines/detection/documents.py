"""Sigma YAML from strangers, read within limits, and the lines of its parts.

A first pass over the parser's events bounds depth, nodes and aliases before anything is built, because building nests
as deep as the text does and follows aliases. Merge keys (``<<``) multiply without bound and are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from burgrave.engines.detection.errors import RuleRefused

if TYPE_CHECKING:
    from collections.abc import Hashable

    from burgrave.engines.detection.terms import RuleLimits


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a file: its 0-based number, its 1-based first line, and what it holds (None: nothing)."""

    number: int
    line: int
    body: dict[str, Any] | None


class _Loader(yaml.CSafeLoader):
    """Refuses a key that stands twice: the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        mapping = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            seen: set[object] = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if key in seen:
                    mark = key_node.start_mark
                    raise RuleRefused(f"the key {key!r} stands twice", mark=(mark.line + 1, mark.column + 1))
                seen.add(key)
        return mapping


def read_documents(data: bytes, *, limits: RuleLimits) -> list[Document]:
    """Every document of a YAML file. Raises RuleRefused with its place when the file is no bounded, plain YAML."""
    if len(data) > limits.file_bytes:
        raise RuleRefused(f"the file has {len(data)} bytes; a rule file may have {limits.file_bytes}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as refusal:
        line = data.count(b"\n", 0, refusal.start) + 1
        raise RuleRefused("the file is not UTF-8 text", mark=(line, None)) from refusal
    try:
        starts = _survey(text, limits)
        bodies = list(yaml.load_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as refusal:
        mark = refusal.problem_mark or refusal.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, None)
        raise RuleRefused(f"the file is not valid YAML: {refusal.problem or refusal.context}", mark=place) from refusal
    except yaml.YAMLError as refusal:
        raise RuleRefused(f"the file is not valid YAML: {' '.join(str(refusal).split())}") from refusal
    except (ValueError, OverflowError) as refusal:
        raise RuleRefused(f"the file holds a value that cannot be read: {refusal}") from refusal
    return [_document(number, *pair) for number, pair in enumerate(zip(starts, bodies, strict=True))]


def place_of(data: bytes, *, document: int, keys: tuple[str | int, ...]) -> tuple[int, int]:
    """The 1-based line and char where the key path leads, or as far along it as the document goes.

    The data must have passed ``read_documents``.
    """
    nodes = list(yaml.compose_all(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader))
    node = nodes[document] if document < len(nodes) else None
    if node is None:
        return 1, 1
    mark = node.start_mark
    for key in keys:
        found = _child(node, key)
        if found is None:
            break
        node, mark = found
    return mark.line + 1, mark.column + 1


def _child(node: yaml.Node, key: str | int) -> tuple[yaml.Node, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.value == str(key):
                return value, key_node.start_mark
    elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark
    return None


def _document(number: int, line: int, body: object) -> Document:
    if body is None:
        return Document(number, line, None)
    if not isinstance(body, dict):
        raise RuleRefused("the document is not a map of a rule's parts", mark=(line, None))
    return Document(number, line, body)


def _survey(text: str, limits: RuleLimits) -> list[int]:
    """The 1-based line of each document's first content, once depth, nodes and aliases are known to be bounded."""
    starts: list[int] = []
    depth = nodes = aliases = 0
    fresh = False
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        mark = event.start_mark
        line = mark.line + 1 if mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            fresh = True
            continue
        if fresh and isinstance(event, yaml.NodeEvent):
            starts.append(line)
            fresh = False
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        elif isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
            raise RuleRefused(
                "the merge key << is not allowed in a rule", mark=(line, mark.column + 1 if mark else None)
            )
        nodes += isinstance(event, yaml.NodeEvent)
        _within("levels", depth, limits.depth, line)
        _within("values", nodes, limits.nodes, line)
        _within("aliases", aliases, limits.aliases, line)
        _within("documents", len(starts), limits.documents, line)
    return starts


def _within(what: str, count: int, limit: int, line: int) -> None:
    if count > limit:
        raise RuleRefused(f"the file has more than {limit} {what}", mark=(line, None))
