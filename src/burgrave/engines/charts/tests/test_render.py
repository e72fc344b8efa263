"""Laws that every drawing keeps, whatever it is given."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from burgrave.engines.charts import (
    COLOURS,
    Axis,
    Bar,
    BarFigure,
    BarSeries,
    Cell,
    Direction,
    Edge,
    Figure,
    GraphFigure,
    Happening,
    Layout,
    LineFigure,
    MatrixFigure,
    Node,
    Point,
    ScaleKind,
    Series,
    Sparkline,
    Threshold,
    TimelineFigure,
    Tone,
    Words,
    render,
    table_of,
)
from burgrave.engines.charts.svg import PAINTS, TONE_COLOURS
from burgrave.engines.charts.tests.figures import FIGURES, NOON, TIME, graph_figures, line_figures
from burgrave.engines.charts.tests.reading import Drawing, classes, outside, overlapping, path_places, read

WORDS = Words()
LANGUAGES = st.sampled_from([Words(), Words(language="zh-hans", nothing="尚无数据")])
GENTLE = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
INLINE = re.compile(
    r"<script|<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|url\(|xlink|<image|<foreignObject", re.IGNORECASE
)
COUNT = Axis(title="Count")


def drawn(figure: Figure, words: Words = WORDS) -> Drawing:
    return read(render(figure, words=words))


def line_of(*values: float | None, **more) -> LineFigure:
    points = tuple(Point(x=i, y=value) for i, value in enumerate(values))
    return LineFigure(title="t", x=Axis(title="x"), y=COUNT, series=(Series(name="s", points=points),), **more)


def bars_of(*values: float | None, **more) -> BarFigure:
    return BarFigure(
        title="t",
        category=Axis(title="Day"),
        value=COUNT,
        categories=tuple(f"c{i}" for i in range(len(values))),
        series=(BarSeries(name="s", bars=tuple(Bar(value=value) for value in values)),),
        **more,
    )


@GENTLE
@given(FIGURES, LANGUAGES)
def test_every_drawing_is_xml_without_anything_inline(figure: Figure, words: Words) -> None:
    drawing = drawn(figure, words)
    for element in drawing.root.iter():
        assert element.tag.partition("}")[2] in {
            "svg",
            "title",
            "desc",
            "g",
            "a",
            "rect",
            "line",
            "path",
            "circle",
            "text",
        }
        assert not {name for name in element.attrib if name == "style" or name.startswith("on") or name == "id"}
        assert element.attrib.get("href", "/")[0] in "/?#"
    markup = re.sub(r'"[^"]*"|>[^<]*<', "", drawing.source)
    assert not INLINE.search(markup)


@GENTLE
@given(FIGURES, LANGUAGES)
def test_every_text_lies_inside_the_drawing(figure: Figure, words: Words) -> None:
    assert outside(drawn(figure, words)) == []


@GENTLE
@given(FIGURES)
def test_no_direct_label_lies_on_another(figure: Figure) -> None:
    assert overlapping(drawn(figure).texts("ch-direct")) == []


@GENTLE
@given(FIGURES)
def test_no_two_texts_of_axes_lie_on_each_other(figure: Figure) -> None:
    if not isinstance(figure, GraphFigure):
        assert overlapping([each for each in drawn(figure).texts("ch-quiet") if each.text]) == []


@GENTLE
@given(graph_figures())
def test_no_two_texts_of_a_graph_lie_on_each_other(figure: GraphFigure) -> None:
    assert overlapping(drawn(figure).texts()) == []


@GENTLE
@given(FIGURES)
def test_every_painted_element_has_a_class_that_a_stylesheet_can_name(figure: Figure) -> None:
    known = {name for each in PAINTS for name in each.split()} | {f"ch-{tone}" for tone in TONE_COLOURS}
    known |= {"ch-fill", "ch-line", "ch-band", "ch-level", "ch-direct", "ch-mark", "ch-bar", "ch-unseen"}
    for element in drawn(figure).root.iter():
        if {"fill", "stroke"} & element.attrib.keys() and element.attrib.get("stroke") != "#000000":
            assert classes(element)
            assert classes(element) <= known


@GENTLE
@given(FIGURES)
def test_exactly_one_mark_takes_the_focus_where_any_can(figure: Figure) -> None:
    drawing = drawn(figure)
    stops = [each.attrib["tabindex"] for each in drawing.root.iter() if "tabindex" in each.attrib]
    links = drawing.all("a")
    assert stops.count("0") == (1 if stops else 0)
    assert drawing.root.attrib["role"] == ("graphics-document" if stops or links else "img")


@GENTLE
@given(FIGURES, LANGUAGES)
def test_the_table_behind_has_a_head_for_every_column_and_links_where_the_marks_do(
    figure: Figure, words: Words
) -> None:
    table = table_of(figure, words=words)
    assert all(len(row) == len(table.heads) for row in table.rows)
    assert table.numeric <= set(range(len(table.heads)))
    drawing = drawn(figure, words)
    linked = {cell.href for row in table.rows for cell in row if cell.href}
    assert {each.attrib["href"] for each in drawing.all("a")} <= linked


@GENTLE
@given(line_figures())
def test_every_point_lies_between_the_ends_of_its_axes(figure: LineFigure) -> None:
    drawing = drawn(figure)
    frame = [each for each in drawing.all("line", "ch-grid") if each.attrib["y1"] == each.attrib["y2"]]
    for dot in drawing.all("circle"):
        assert float(frame[0].attrib["x1"]) - 0.2 <= float(dot.attrib["cx"]) <= float(frame[0].attrib["x2"]) + 0.2
        ys = [float(each.attrib["y1"]) for each in frame]
        assert min(ys) - 0.2 <= float(dot.attrib["cy"]) <= max(ys) + 0.2


def test_labels_of_strangers_stay_text() -> None:
    evil = '<script>alert(1)</script> ]]> & "x" \x00\x1b\u202e'
    figure = MatrixFigure(
        title=evil,
        description=evil,
        row_title=evil,
        column_title=evil,
        rows=(evil,),
        columns=(evil,),
        cells=((Cell(text=evil, note=evil, share=0.5, href="/x?a=1&b=<"),),),
        width=2000,
    )
    drawing = drawn(figure)
    assert "<script" not in drawing.source
    assert "]]>" not in drawing.source
    shown = '<script>alert(1)</script> ]]> & "x" \ufffd\ufffd\ufffd'
    assert drawing.root.attrib["aria-label"] == shown
    assert [each.attrib["href"] for each in drawing.all("a")] == ["/x?a=1&b=<"]
    assert shown in [each.text for each in drawing.texts()]


@pytest.mark.parametrize(
    "figure",
    [
        LineFigure(title="t", x=COUNT, y=COUNT, series=()),
        line_of(None, None),
        bars_of(),
        bars_of(None),
        MatrixFigure(title="t", row_title="r", column_title="c", rows=(), columns=(), cells=()),
        TimelineFigure(title="t", axis=Axis(title="t", scale=TIME), happenings=()),
        GraphFigure(title="t", nodes=(), edges=()),
    ],
    ids=["no lines", "only gaps", "no bars", "unknown bars", "matrix", "timeline", "graph"],
)
def test_a_figure_without_data_says_so_in_the_readers_words(figure: Figure) -> None:
    assert [each.text for each in drawn(figure, Words(nothing="尚无数据")).texts()] == ["尚无数据"]


def test_a_sparkline_without_values_is_a_plain_line() -> None:
    assert len(drawn(Sparkline(title="t", values=())).all("line", "ch-axis")) == 1


@pytest.mark.parametrize(("values", "dots"), [((3.0,), 1), ((2.0, 2.0), 1), ((-1.0, 5.0, 1e12), 1)])
def test_a_sparkline_marks_its_last_value(values: tuple[float, ...], dots: int) -> None:
    drawing = drawn(Sparkline(title="t", values=values))
    assert len(drawing.all("circle")) == dots
    assert len(path_places(drawing.all("path")[0].attrib["d"])) == 2 * len(values)


def test_a_gap_breaks_the_line() -> None:
    drawing = drawn(line_of(1, 2, None, 4, 5))
    assert drawing.all("path", "ch-line")[0].attrib["d"].count("M") == 2
    assert len(drawing.all("circle")) == 4


def test_an_interval_is_drawn_as_a_band_and_said_in_the_tip() -> None:
    points = tuple(Point(x=i, y=10, low=8, high=13, note="3 sites") for i in range(3))
    figure = LineFigure(title="t", x=COUNT, y=Axis(title="y", unit="h"), series=(Series(name="s", points=points),))
    drawing = drawn(figure)
    band = drawing.all("path", "ch-band")[0]
    assert band.attrib["d"].endswith("Z")
    assert band.attrib["fill-opacity"] == "0.16"
    assert drawing.tips()[0] == "s · 0: 10 h (8 – 13) · 3 sites"


def test_the_band_of_one_point_has_a_width() -> None:
    one = (Point(x=1, y=2, low=1, high=3), Point(x=2, y=2), Point(x=3, y=None))
    drawing = drawn(LineFigure(title="t", x=COUNT, y=COUNT, series=(Series(name="s", points=one),)))
    assert "H" in drawing.all("path", "ch-band")[0].attrib["d"]


def test_lines_differ_by_more_than_colour() -> None:
    series = tuple(Series(name=f"s{i}", points=(Point(x=0, y=i), Point(x=1, y=i))) for i in range(8))
    drawing = drawn(LineFigure(title="t", x=COUNT, y=COUNT, series=series))
    assert len({each.attrib.get("stroke-dasharray", "") for each in drawing.all("path", "ch-line")}) == 8
    assert {each.text for each in drawing.texts("ch-direct")} == {f"s{i}" for i in range(8)}


def test_many_points_are_one_line_with_few_places_to_stop_at() -> None:
    drawing = drawn(line_of(*map(float, range(5000))))
    assert 60 < len(drawing.all("circle", "ch-unseen")) <= 120
    assert drawing.all("path", "ch-line")[0].attrib["d"].count("L") == 4999


def test_a_threshold_is_named_beside_the_lines() -> None:
    drawing = drawn(line_of(1, 9, thresholds=(Threshold(y=5, name="limit"),)))
    assert [each.text for each in drawing.texts("ch-direct")] == ["s", "limit"]
    assert len(drawing.all("line", "ch-level")) == 1


def test_a_loss_curve_has_a_grid_of_decades_on_both_axes() -> None:
    axis = Axis(title="Loss", unit="EUR", scale=ScaleKind.LOG)
    points = tuple(Point(x=10.0**i, y=10.0**-i) for i in range(4, 8))
    drawing = drawn(LineFigure(title="t", x=axis, y=axis, series=(Series(name="s", points=points),)))
    assert len(drawing.all("line", "ch-minor")) == 8 * 3 + 8 * 3
    assert {"10\xa0k", "100\xa0k", "1\xa0M", "10\xa0M", "1e-7"} <= {each.text for each in drawing.texts("ch-quiet")}


def test_a_bar_is_as_long_as_its_value() -> None:
    drawing = drawn(bars_of(10, 20, -10))
    heights = [float(each.attrib["height"]) for each in drawing.all("rect", "ch-bar")]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert heights[2] == pytest.approx(heights[0], abs=0.2)
    tops = [float(each.attrib["y"]) for each in drawing.all("rect", "ch-bar")]
    assert tops[0] + heights[0] == pytest.approx(tops[2], abs=0.2)


@pytest.mark.parametrize("count", [13, 40, 60])
def test_the_last_name_below_bars_is_whole_or_is_not_there(count: int) -> None:
    names = tuple(f"11-{day:02} 12:00" for day in range(count))
    figure = BarFigure(
        title="t",
        width=1000,
        category=Axis(title="Time"),
        value=COUNT,
        categories=names,
        series=(BarSeries(name="s", bars=tuple(Bar(value=1) for _ in names)),),
    )
    said = [
        each.text for each in drawn(figure).root.iter() if each.tag.endswith("text") and (each.text or "")[:3] == "11-"
    ]
    assert len(said) > 3
    assert set(said) <= set(names)


def test_stacked_bars_stand_on_each_other() -> None:
    figure = BarFigure(
        title="t",
        category=COUNT,
        value=COUNT,
        categories=("a",),
        series=tuple(BarSeries(name=f"s{i}", bars=(Bar(value=10),)) for i in range(3)),
        layout=Layout.STACKED,
    )
    rects = [(float(each.attrib["y"]), float(each.attrib["height"])) for each in drawn(figure).all("rect", "ch-bar")]
    for (upper, _height), (lower, height) in pairwise(rects):
        assert lower + height == pytest.approx(upper, abs=0.2)


@pytest.mark.parametrize("direction", Direction)
def test_the_interval_of_a_bar_is_drawn_with_both_ends(direction: Direction) -> None:
    series = (BarSeries(name="s", bars=(Bar(value=5, low=4, high=7), Bar(value=3))),)
    figure = BarFigure(
        title="t", category=COUNT, value=COUNT, categories=("a", "b"), series=series, direction=direction
    )
    assert len([each for each in drawn(figure).all("line", "ch-axis") if each.attrib.get("stroke-width") == "1.5"]) == 3


def test_few_bars_say_their_value_and_many_only_in_their_tip() -> None:
    assert [each.text for each in drawn(bars_of(10, 20)).texts("ch-on-bar")] == ["10", "20"]
    assert drawn(bars_of(*[10.0] * 50)).texts("ch-on-bar") == []
    # Where the longest number does not fit, none is written, so that no bar looks chosen.
    assert len(drawn(bars_of(*[90.0] * 20)).texts("ch-on-bar")) == 20
    assert drawn(bars_of(*[90.0] * 19, 400.0)).texts("ch-on-bar") == []
    lying = drawn(bars_of(100, 1, direction=Direction.LYING))
    assert [each.text for each in lying.texts("ch-on-bar")] == ["100"]
    assert [each.text for each in lying.texts("ch-direct")] == ["1"]


def test_an_unknown_bar_is_missing_and_the_table_says_so() -> None:
    figure = bars_of(1, None)
    assert len(drawn(figure).all("rect", "ch-bar")) == 1
    assert [row[1].text for row in table_of(figure, words=WORDS).rows] == ["1", "–"]


def test_a_long_legend_goes_on_below() -> None:
    series = tuple(BarSeries(name=f"A name that takes room {i}", bars=(Bar(value=1),)) for i in range(8))
    figure = BarFigure(title="t", category=COUNT, value=COUNT, categories=("a",), series=series)
    drawing = drawn(figure)
    assert drawing.size[1] > figure.height + 30
    assert overlapping(drawing.texts()) == []


def test_a_cell_without_judgement_is_blank_and_a_strong_one_dark() -> None:
    cells = ((Cell(text="", share=None), Cell(text="9", share=1.0), Cell(text="1", share=0.0)),)
    figure = MatrixFigure(title="t", row_title="r", column_title="c", rows=("a",), columns=("x", "y", "z"), cells=cells)
    drawing = drawn(figure)
    assert [len(drawing.all("rect", name)) for name in ("ch-blank", "ch-heat-5", "ch-heat-0")] == [1, 1, 1]
    assert drawing.tips()[0] == "a · x: –"


def test_a_wide_matrix_is_drawn_wider_rather_than_squeezed() -> None:
    columns = tuple(f"T{i}" for i in range(60))
    figure = MatrixFigure(
        title="t", row_title="r", column_title="c", rows=("a",), columns=columns, cells=((Cell(text="1"),) * 60,)
    )
    assert drawn(figure).size[0] > 60 * 34


def timeline(*happenings: Happening, **more) -> TimelineFigure:
    return TimelineFigure(
        title="t", axis=Axis(title="Time", scale=TIME), happenings=happenings, now=NOON + timedelta(1), **more
    )


def test_a_span_that_goes_on_reaches_now_and_says_so() -> None:
    drawing = drawn(timeline(Happening(at=NOON, goes_on=True, label="Open", lane="State")))
    assert drawing.tips() == ["Open · 2026-03-05 12:00 – until now"]
    assert float(drawing.all("rect")[0].attrib["width"]) > 400
    assert [each.text for each in drawing.texts("ch-on-bar")] == ["Open"]


def test_a_span_and_an_event_have_different_shapes_and_labels_that_fit() -> None:
    late = Happening(
        at=NOON + timedelta(hours=23), label="A name that has no room to its right", tone=Tone.ACT, note="n"
    )
    short = Happening(at=NOON, until=NOON + timedelta(minutes=5), label="Short span")
    drawing = drawn(timeline(late, short, Happening(at=NOON + timedelta(1), label="end")))
    assert len(drawing.all("rect")) == 1
    assert len(drawing.all("path")) == 2
    assert "Short span · 2026-03-05 12:00 – 2026-03-05 12:05" in drawing.tips()
    assert outside(drawing) == []


def test_more_happenings_than_can_be_named_are_counted() -> None:
    many = tuple(Happening(at=NOON + timedelta(minutes=i), label=f"e{i}") for i in range(70))
    drawing = drawn(timeline(*many))
    assert "and 10 more in the table" in [each.text for each in drawing.texts()]
    assert len(table_of(timeline(*many), words=WORDS).rows) == 70


def graph(count: int, *edges: tuple[int, int], **more) -> GraphFigure:
    nodes = tuple(Node(key=str(i), label=f"n{i}", href=f"/{i}/") for i in range(count))
    return GraphFigure(
        title="t", nodes=nodes, edges=tuple(Edge(source=str(a), target=str(b), **more) for a, b in edges)
    )


def test_nodes_stand_after_what_leads_to_them() -> None:
    drawing = drawn(graph(4, (0, 1), (1, 2), (0, 2), (2, 3)))
    left = {each.text: each.box.left for each in drawing.texts("ch-name")}
    assert left["n0"] < left["n1"] < left["n2"] < left["n3"]


def test_circles_and_arrows_to_oneself_are_drawn() -> None:
    drawing = drawn(graph(3, (0, 1), (1, 2), (2, 0), (1, 1)))
    assert len(drawing.all("path", "ch-edge")) == len(drawing.all("path", "ch-head")) == 4


def test_an_arrow_is_a_sentence_for_who_cannot_see_it() -> None:
    figure = graph(2, (0, 1), kind="runs on", label="C", note="high", is_strong=True)
    drawing = drawn(figure)
    assert "n0 runs on n1 · C · high" in drawing.tips()
    assert [each.text for each in drawing.texts("ch-edge-label")] == ["C"]
    assert len(drawing.all("path", "ch-edge-strong")) == 1
    assert [cell.text for cell in table_of(figure, words=WORDS).rows[0]] == ["n0", "runs on · C · high", "n1"]


def test_a_label_without_room_is_left_to_the_tip() -> None:
    figure = graph(2, *[(0, 1)] * 6, label="A label that is wider than the way")
    assert len(drawn(figure).texts("ch-edge-label")) < 6


def test_a_lonely_node_stands_in_the_table_too() -> None:
    assert [cell.text for cell in table_of(graph(1), words=WORDS).rows[0]] == ["n0", "–", "–"]


def test_a_graph_of_hundreds_of_nodes_is_drawn_without_overlap() -> None:
    edges = [(i, (i * 7 + 3) % 300) for i in range(300)] + [(i, (i * 13 + 5) % 300) for i in range(300)]
    drawing = drawn(graph(300, *edges))
    assert len(drawing.all("a")) == 300
    assert overlapping(drawing.texts()) == []


def test_the_same_figure_is_drawn_the_same_twice() -> None:
    figure = graph(5, (0, 1), (1, 2), (3, 4))
    assert render(figure, words=WORDS) == render(figure, words=WORDS)


def test_every_tone_has_a_colour() -> None:
    assert set(TONE_COLOURS.values()) <= set(COLOURS)
    assert set(TONE_COLOURS) == set(Tone) - {Tone.AUTO}
