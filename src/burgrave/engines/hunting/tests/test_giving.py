"""What a hunt found as a file, and a question as the SELECT that finds the same."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from datetime import timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.hunting import asking, cell, statements
from burgrave.engines.hunting.errors import HuntFailed
from burgrave.engines.hunting.giving import FileFormat, Given, answered, give
from burgrave.engines.hunting.running import Answer, Hunt
from burgrave.engines.hunting.sources import HuntLimits, Sources, tables
from burgrave.engines.hunting.terms import Range
from burgrave.engines.hunting.tests.test_hunting import ALL_TIMES, NOON, store

__all__ = ["store"]
LIMITS = HuntLimits()
terms = st.builds(
    asking.Term,
    st.sampled_from(["", "host.name", "Image", "it's", "kind", "place"]),
    st.sampled_from(["ws-1", "*", "?.exe", "x.exe", "dc%1", "raw 3", "1", "'; DROP TABLE events --", "%\\"]),
    st.booleans(),
)
questions: st.SearchStrategy[asking.Question] = st.recursive(
    terms,
    lambda inner: (
        st.builds(asking.Not, inner)
        | st.builds(asking.AllOf, st.tuples(inner, inner))
        | st.builds(asking.AnyOf, st.tuples(inner, inner))
    ),
    max_leaves=5,
)


def file_of(given: Sources, form: FileFormat, *, most: int = 10, most_bytes: int = 10_000) -> tuple[bytes, Given]:
    to = io.BytesIO()
    with Hunt(given, asking.read(""), ALL_TIMES) as hunt:
        schema, batches = hunt.batches(["time", "place", "kind", "raw"], most=most + 1, size=2)
        told = give(batches, schema, form, to, most=most, most_bytes=most_bytes)
    return to.getvalue(), told


def test_the_three_forms_hold_the_same_events_the_newest_first(store: Sources) -> None:
    lines, told = file_of(store, FileFormat.JSONL)
    rows = [json.loads(line) for line in lines.splitlines()]
    assert told == Given(rows=5, is_cut=False)
    assert [row["place"] for row in rows] == [3, 2, 1, 0, 4]
    assert rows[0] == {"time": (NOON + timedelta(minutes=3)).isoformat(), "place": 3, "kind": "b", "raw": "Raw 3"}
    table = pq.read_table(io.BytesIO(file_of(store, FileFormat.PARQUET)[0]))
    assert table.column("time").to_pylist()[-2:] == [NOON, None]
    assert [{**row, "time": row["time"] and row["time"].isoformat()} for row in table.to_pylist()] == rows
    text = file_of(store, FileFormat.CSV)[0].decode("utf-8-sig")
    sheet = list(csv.DictReader(io.StringIO(text)))
    assert [(row["place"], row["kind"], row["raw"]) for row in sheet][:2] == [("3", "b", "Raw 3"), ("2", "a", "Raw 2")]


@pytest.mark.parametrize(
    ("most", "most_bytes", "told"),
    [
        (4, 10_000, Given(4, is_cut=True)),
        (5, 10_000, Given(5, is_cut=False)),
        (2, 10_000, Given(2, is_cut=True)),
        (5, 0, Given(0, is_cut=True)),
        (5, 100, Given(3, is_cut=True)),
    ],
    ids=["rows", "all rows", "a batch", "no byte", "bytes"],
)
def test_a_file_is_bounded_and_says_that_it_was_cut(store: Sources, most: int, most_bytes: int, told: Given) -> None:
    content, found = file_of(store, FileFormat.JSONL, most=most, most_bytes=most_bytes)
    assert (found, len(content.splitlines())) == (told, told.rows)
    assert found.rows <= file_of(store, FileFormat.PARQUET, most=most)[1].rows


def test_an_answer_to_sql_keeps_numbers_and_truth_and_counts_names_that_come_again() -> None:
    answer = Answer(
        columns=(("n", "BIGINT"), ("n", "VARCHAR"), ("x", "BOOLEAN"), ("d", "DECIMAL(2,1)")),
        rows=((1, "=1+1", True, "1.5"), (None, None, None, None)),
        is_cut=True,
    )
    schema, batches = answered(answer)
    to = io.BytesIO()
    assert give(batches, schema, FileFormat.JSONL, to, most=9) == Given(2, is_cut=False)
    assert [json.loads(line) for line in to.getvalue().splitlines()] == [
        {"n": 1, "n (2)": "=1+1", "x": True, "d": "1.5"},
        {"n": None, "n (2)": None, "x": None, "d": None},
    ]
    schema, batches = answered(answer)
    to = io.BytesIO()
    give(batches, schema, FileFormat.CSV, to, most=9)
    assert b'"\'=1+1"' in to.getvalue()
    schema, batches = answered(Answer(columns=(("n", "HUGEINT"),), rows=((2**80,),), is_cut=False))
    assert next(batches).to_pylist() == [{"n": str(2**80)}]


def test_what_takes_too_long_fails_with_a_sentence(store: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    with Hunt(store, None, ALL_TIMES) as hunt:
        _schema, batches = hunt.batches(["place"], most=9, size=1)
        monkeypatch.setattr("burgrave.engines.hunting.running.next", _interrupted, raising=False)
        with pytest.raises(HuntFailed, match="took longer than"):
            list(batches)


def _interrupted(*_given: object) -> None:
    raise duckdb.InterruptException


def selected(given: Sources, sql: str) -> list[Any]:
    statement = statements.checked(sql, tables=tables(given))
    asked = {"sources": dataclasses.asdict(given), "tables": sorted(statement.tables), "sql": statement.sql}
    columns, *rows, _is_cut = cell.pieces(asked, LIMITS)
    assert columns
    return [row[0] for some in rows for row in some]  # type: ignore[attr-defined]  # lists of lists


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("", ALL_TIMES),
        ("host.name:WS-* AND NOT Image:y.exe", ALL_TIMES),
        ("Image:*.exe OR it's:q", ALL_TIMES),
        ("NOT Image:*", ALL_TIMES),
        ('"raw 1" OR dc%1 OR kind:b', ALL_TIMES),
        ("field.kind:* OR place:2", ALL_TIMES),
        ("Missing:x OR raw", Range(NOON + timedelta(minutes=1), NOON + timedelta(minutes=2))),
        ("host.name:it''s OR host.name:*'*", ALL_TIMES),
    ],
    ids=str,
)
def test_a_question_as_a_select_finds_the_same_events_in_the_same_order(
    store: Sources, question: str, span: Range
) -> None:
    with Hunt(store, asking.read(question), span) as hunt:
        sql = hunt.sql(["place", "host.name"], most=9)
        found = [row["place"] for row in hunt.rows(["place"], most=9)]
    assert selected(store, sql) == found, sql


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(questions)
def test_any_question_as_a_select_finds_the_same(store: Sources, question: asking.Question) -> None:
    with Hunt(store, question, ALL_TIMES) as hunt:
        sql = hunt.sql(["place"], most=9)
        assert selected(store, sql) == [row["place"] for row in hunt.rows(["place"], most=9)], sql


def test_a_select_is_as_a_person_would_write_it(store: Sources) -> None:
    with Hunt(store, asking.read("Image:x.exe"), Range(NOON)) as hunt:
        assert hunt.sql(["time", "host.name"], most=1_000) == (
            'SELECT "time", "host.name"\n'
            "FROM events\n"
            'LEFT JOIN (\n    SELECT file, place, "Image" AS "field.Image" FROM "a"\n'
            '    UNION ALL BY NAME SELECT file, place, "Image" AS "field.Image" FROM "b"\n'
            ") AS originals USING (file, place)\n"
            "WHERE time >= TIMESTAMPTZ '2026-11-26 12:00:00.000000+00:00' AND "
            "lower(\"field.Image\") = lower('x.exe'::VARCHAR)\n"
            "ORDER BY time DESC NULLS LAST, file, place\n"
            "LIMIT 1000"
        )


def test_where_no_select_says_the_same_there_is_none(store: Sources) -> None:
    with Hunt(store, asking.Term("host.name", "a\0b"), ALL_TIMES) as hunt:
        assert hunt.sql(["place"], most=9) == ""
    odd = dataclasses.replace(store, fields={"b": ["Image", "image"], "c": ["image"]})
    odd = dataclasses.replace(odd, fields={"c": ["image"], "b": ["Image", "image"]})
    with Hunt(odd, asking.read("image:x"), ALL_TIMES) as hunt:
        assert hunt.sql(["place"], most=9) == ""
    many = dataclasses.replace(store, fields={f"t{number}": ["Image"] for number in range(500)})
    with Hunt(many, asking.read("Image:x"), ALL_TIMES) as hunt:
        assert hunt.sql(["place"], most=9) == ""


def test_the_schema_of_a_file_without_rows_has_the_columns(store: Sources) -> None:
    with Hunt(store, asking.read("host.name:nowhere"), ALL_TIMES) as hunt:
        schema, batches = hunt.batches(["time", "kind"], most=9, size=2)
        to = io.BytesIO()
        assert give(batches, schema, FileFormat.PARQUET, to, most=9) == Given(0, is_cut=False)
    assert pq.read_schema(io.BytesIO(to.getvalue())).names == ["time", "kind"]
    assert pa.types.is_timestamp(schema.field("time").type)
