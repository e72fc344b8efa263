"""Words of layers: what a person brought from the ATT&CK Navigator, beside what is covered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

from burgrave.engines.attack.comparing import Agreement, ComparedTechnique, Comparison
from burgrave.engines.attack.terms import Layer

LayerId = NewType("LayerId", UUID)

LAYER_NAME_MAX: Final = 200
MOST_LAYERS: Final = 200


def layer_subject(layer_id: UUID) -> str:
    return f"detection.layer:{layer_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """A layer by its name here; ``said_name`` is what the file calls itself. ``gaps`` and the like as of now.

    ``attack_version`` is the release that the layer says it is of, ``release`` the one that was brought here.
    """

    layer_id: LayerId
    name: str
    said_name: str
    attack_version: str
    release: str
    agreement: Agreement
    sha256: str
    brought_at: datetime
    brought_by: str
    version: int
    techniques: int
    gaps: int
    silent: int
    covered: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDetail:
    """``sample_unit`` is as in ``Coverage``."""

    row: LayerRow
    layer: Layer
    comparison: Comparison
    columns: tuple[tuple[str, tuple[ComparedTechnique, ...]], ...]
    sample_unit: UUID | None
