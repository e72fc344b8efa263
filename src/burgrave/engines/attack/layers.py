"""Layers of the ATT&CK Navigator out of files of strangers: format 4.0 and its successors, enterprise domain."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.attack.terms import TECHNIQUE_ID, Gradient, Layer, Mark

MOST_LAYER_BYTES: Final = 2 * 1024 * 1024
MOST_MARKS: Final = 10_000
MOST_COLOURS: Final = 100
DOMAINS: Final = frozenset({"enterprise-attack", "mitre-enterprise"})
_FORMAT: Final = re.compile(r"4(?:\.[0-9]{1,3})?")
_COLOUR: Final = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_LONGEST_SHOWN: Final = 40
_SAVE_AGAIN: Final = "Open it in the ATT&CK Navigator and save it as a layer again."


def read_layer(content: bytes) -> Layer:
    """The layer in the file. Raises AttackFileError."""
    if len(content) > MOST_LAYER_BYTES:
        raise AttackFileError(
            "a layer has at most %(most)s bytes, this file has more",
            {"most": f"{MOST_LAYER_BYTES:,}"},
            mend="Leave out techniques or comments that say nothing.",
        )
    return _layer(_only(_document(content)))


def _document(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError as fault:
        raise AttackFileError(
            "the file is no UTF-8 text: byte %(place)s", {"place": f"{fault.start + 1:,}"}, mend=_SAVE_AGAIN
        ) from fault
    except json.JSONDecodeError as fault:
        raise AttackFileError(
            "the file is no JSON: line %(line)s, column %(column)s",
            {"line": f"{fault.lineno:,}", "column": f"{fault.colno:,}"},
            mend=_SAVE_AGAIN,
        ) from fault
    except RecursionError as fault:
        raise AttackFileError("the file is nested deeper than any layer", mend=_SAVE_AGAIN) from fault
    except ValueError as fault:
        raise AttackFileError("the file holds a number that is none", mend=_SAVE_AGAIN) from fault


def _no_number(_text: str) -> NoReturn:
    raise ValueError


def _only(document: object) -> Mapping[str, object]:
    """The one layer of the file, which the Navigator also writes as a list."""
    if isinstance(document, list):
        if len(document) != 1:
            raise AttackFileError(
                "the file holds %(count)s layers, expected one",
                {"count": f"{len(document):,}"},
                mend="Save each layer in a file of its own.",
            )
        document = document[0]
    if not isinstance(document, dict) or "techniques" not in document:
        raise AttackFileError(
            "the file is no layer of the ATT&CK Navigator: it names no techniques",
            mend="In the Navigator, save the layer as JSON; no picture and no table can be read.",
        )
    return document


def _layer(document: Mapping[str, object]) -> Layer:
    versions = document.get("versions")
    versions = versions if isinstance(versions, dict) else {}
    form = _text(versions.get("layer", document.get("version", "")))
    if not _FORMAT.fullmatch(form):
        raise AttackFileError(
            "the layer has the format %(got)s, expected 4.0 to 4.5",
            {"got": form[:_LONGEST_SHOWN] or "–"},
            mend=_SAVE_AGAIN,
        )
    domain = _text(document.get("domain"))
    if domain not in DOMAINS:
        raise AttackFileError(
            "the layer is of the domain %(got)s, expected enterprise-attack",
            {"got": domain[:_LONGEST_SHOWN] or "–"},
            mend="Choose the domain Enterprise in the Navigator.",
        )
    malformed: dict[str, None] = {}
    marks = tuple(_marks(document["techniques"], malformed))
    return Layer(
        name=_text(document.get("name")),
        description=_text(document.get("description")),
        attack_version=_text(versions.get("attack"))[:_LONGEST_SHOWN],
        format_version=form,
        marks=marks,
        gradient=_gradient(document.get("gradient")),
        malformed=tuple(malformed),
    )


def _marks(given: object, malformed: dict[str, None]) -> Iterator[Mark]:
    """What the layer says, technique by technique; identifiers that none can have go to ``malformed``."""
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise AttackFileError("the techniques of the layer are no list of objects", mend=_SAVE_AGAIN)
    if len(given) > MOST_MARKS:
        raise AttackFileError(
            "a layer has at most %(most)s techniques, this one %(got)s",
            {"most": f"{MOST_MARKS:,}", "got": f"{len(given):,}"},
        )
    for number, each in enumerate(given, 1):
        technique = _text(each.get("techniqueID")).upper()
        if not TECHNIQUE_ID.fullmatch(technique):
            malformed[technique[:_LONGEST_SHOWN] or "–"] = None
            continue
        yield Mark(
            technique=technique,
            tactic=_text(each.get("tactic")).lower().replace("-", " ")[:_LONGEST_SHOWN],
            score=_score(each.get("score"), number),
            colour=_colour(each.get("color"), number),
            comment=_text(each.get("comment")),
            is_enabled=each.get("enabled") is not False,
        )


def _score(given: object, number: int) -> float | None:
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(_float(given)):
        raise AttackFileError(
            "technique %(number)s of the layer has the score %(got)s, expected a number",
            {"number": f"{number:,}", "got": repr(given)[:_LONGEST_SHOWN]},
            mend=_SAVE_AGAIN,
        )
    return float(given)


def _float(given: float) -> float:
    """The number, or infinity where it is too large for one."""
    try:
        return float(given)
    except OverflowError:
        return math.inf


def _colour(given: object, number: int) -> str:
    if given is None or given == "":
        return ""
    text = _text(given)
    if not _COLOUR.fullmatch(text):
        raise AttackFileError(
            "technique %(number)s of the layer has the colour %(got)s, expected one such as #e60d0d",
            {"number": f"{number:,}", "got": repr(given)[:_LONGEST_SHOWN]},
            mend=_SAVE_AGAIN,
        )
    return _plain_colour(text)


def _plain_colour(text: str) -> str:
    """As #rrggbb; how far it can be seen through is left out."""
    digits = text[1:].lower()
    if len(digits) < 6:  # noqa: PLR2004 - the short form has one digit for each part
        digits = "".join(2 * each for each in digits[:3])
    return f"#{digits[:6]}"


def _gradient(given: object) -> Gradient | None:
    """The gradient of the layer, where it has one that can be drawn."""
    if not isinstance(given, dict) or not isinstance(given.get("colors"), list):
        return None
    colours = [_text(each) for each in given["colors"][:MOST_COLOURS]]
    low, high = (_float(each) if isinstance(each, int | float) else math.inf for each in _ends(given))
    if not colours or not all(map(_COLOUR.fullmatch, colours)) or not (math.isfinite(low) and math.isfinite(high)):
        return None
    return Gradient(colours=tuple(map(_plain_colour, colours)), low=low, high=high)


def _ends(given: Mapping[str, object]) -> tuple[object, object]:
    return given.get("minValue"), given.get("maxValue")


def _text(given: object) -> str:
    """The text without what no database keeps: NUL and halves of characters."""
    if not isinstance(given, str):
        return ""
    return given.strip().replace("\0", "\N{SYMBOL FOR NULL}").encode(errors="replace").decode()
