"""What charts show of the inventory: rows in, figures out; nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from django.urls import reverse
from django.utils.translation import gettext as _

from burgrave.assets.forms import DEPENDENCIES, level
from burgrave.assets.queries import DIMENSION_WORDS, TYPE_WORDS
from burgrave.assets.terms import AssetId, AssetRow, AssetType, AssetView, DependencyKind, Scheme
from burgrave.engines.charts import (
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Cell,
    Direction,
    Edge,
    GraphFigure,
    MatrixFigure,
    Node,
    Tone,
)

Dependencies = Sequence[tuple[AssetId, DependencyKind, AssetId]]
TONES = (Tone.TWO, Tone.THREE, Tone.FOUR)
MOST_UNITS = 15


def dependency_map(
    view: AssetView, rows: Sequence[AssetRow], dependencies: Dependencies, scheme: Scheme
) -> GraphFigure:
    """The surroundings of an asset; arrows along which its need was inherited are strong and say what they carried."""
    carried = _carried(view, scheme)
    causes = {key for way in carried for key in way} - {view.row.asset_id}
    edges = []
    for dependent, kind, support in dependencies:
        letters, said = carried.get((dependent, support), ((), ()))
        edges.append(
            Edge(
                source=str(dependent),
                target=str(support),
                kind=str(DEPENDENCIES[kind]),
                label=" · ".join(letters),
                note=", ".join(said),
                is_strong=bool(said),
            )
        )
    return GraphFigure(
        title=_("What %(name)s depends on, and what depends on it") % {"name": view.row.name},
        description=_(
            "Arrows lead from what depends to what it depends on. Strong arrows carried the need that the asset "
            "inherits; their letters say in which dimension."
        ),
        nodes=tuple(
            Node(
                key=str(row.asset_id),
                label=row.name,
                note=f"{TYPE_WORDS[row.type]} · {level(scheme, row.need.highest)}",
                tone=tone(row.need.highest, scheme),
                is_chosen=row.asset_id == view.row.asset_id,
                is_strong=row.asset_id in causes,
                href=reverse("assets:asset", args=[row.asset_id]),
            )
            for row in sorted(rows, key=lambda row: (row.name, row.number))
        ),
        edges=tuple(edges),
    )


def _carried(
    view: AssetView, scheme: Scheme
) -> Mapping[tuple[AssetId, AssetId], tuple[tuple[str, ...], tuple[str, ...]]]:
    """Per dependency of which the asset inherits: the letters of the dimensions, and what each carried."""
    found: dict[tuple[AssetId, AssetId], tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for why in view.why:
        if why.lowered_to is not None:
            continue
        word = str(DIMENSION_WORDS[why.dimension])
        for support, dependent in pairwise(why.path):
            letters, said = found.get((dependent.asset_id, support.asset_id), ((), ()))
            found[dependent.asset_id, support.asset_id] = (
                (*letters, word[:1]),
                (*said, _("%(dimension)s: %(level)s") % {"dimension": word, "level": level(scheme, why.rank)}),
            )
    return found


def tone(rank: int, scheme: Scheme) -> Tone:
    """The colour that repeats a rank; none of the colours of states, since a high need is no fault."""
    if not rank:
        return Tone.SIX
    place = (min(rank, len(scheme.levels)) - 1) * len(TONES) // len(scheme.levels)
    return TONES[place]


def need_matrix(counts: Mapping[tuple[AssetType, int], int], scheme: Scheme) -> MatrixFigure:
    """How many assets have which type and highest need."""
    ranks = range(len(scheme.levels) + 1)
    types = sorted({kind for kind, _rank in counts}, key=list(AssetType).index)
    most = max(counts.values(), default=1)

    def cell(kind: AssetType, rank: int) -> Cell:
        count = counts.get((kind, rank), 0)
        return Cell(text=str(count), share=count / most) if count else Cell(text="")

    return MatrixFigure(
        title=_("Assets by type and highest need"),
        row_title=_("Type"),
        column_title=_("Highest need"),
        rows=tuple(str(TYPE_WORDS[kind]) for kind in types),
        columns=tuple(level(scheme, rank) for rank in ranks),
        cells=tuple(tuple(cell(kind, rank) for rank in ranks) for kind in types),
    )


def by_unit(counts: Mapping[str, int]) -> BarFigure:
    """How many assets each unit has, the largest first; the rest together."""
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown, rest = ranked[:MOST_UNITS], sum(count for _name, count in ranked[MOST_UNITS:])
    pairs = [*shown, (_("all other units"), rest)] if rest else shown
    return BarFigure(
        title=_("Assets by unit"),
        category=Axis(title=_("Unit")),
        value=Axis(title=_("Assets")),
        categories=tuple(name for name, _count in pairs),
        direction=Direction.LYING,
        series=(BarSeries(name=_("Assets"), bars=tuple(Bar(value=count) for _name, count in pairs)),),
    )
