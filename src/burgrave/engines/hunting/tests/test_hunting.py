from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.hunting import asking, running, sources, statements
from burgrave.engines.hunting.asking import AllOf, AnyOf, Not, Question, Term, Unclear
from burgrave.engines.hunting.courses import Step, Unit
from burgrave.engines.hunting.errors import HuntFailed
from burgrave.engines.hunting.running import Hunt
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.statements import SqlRefused
from burgrave.engines.hunting.terms import Range

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
COMMON = pa.schema(
    [
        ("time", pa.timestamp("us", tz="UTC")),
        ("file", pa.string()),
        ("place", pa.int64()),
        ("kind", pa.string()),
        ("host.name", pa.string()),
        ("raw", pa.string()),
        ("fields", pa.map_(pa.string(), pa.string())),
    ]
)
SHOWN = tuple(name for name in COMMON.names if name != "fields")
HOSTS = ["ws-1", "WS-2", None, "dc%1", ""]
ALL_TIMES = Range()
QUICK = HuntLimits(seconds=10, rows=5)


def row(number: int, kind: str, fields: dict[str, str] | None) -> dict[str, object]:
    time = None if number == 4 else NOON + timedelta(minutes=number)
    shown = {
        "time": time,
        "file": "f",
        "place": number,
        "kind": kind,
        "host.name": HOSTS[number],
        "raw": f"Raw {number}",
    }
    return {**shown, "fields": list((fields or {}).items()) or None}


@pytest.fixture
def store(tmp_path: Path) -> Sources:
    """Three events of kind a in a narrow file, of which b has two in a mixed one."""
    narrow = pa.Table.from_pylist([row(n, "a", None) for n in range(3)], COMMON)
    narrow = narrow.append_column("field.Image", pa.array(["x.exe", "Y.exe", None]))
    mixed = pa.Table.from_pylist([row(3, "b", {"Image": "z.exe", "it's": "q"}), row(4, "b", {"image": "no"})], COMMON)
    pq.write_table(COMMON.empty_table(), tmp_path / "schema.parquet")
    pq.write_table(narrow, tmp_path / "narrow.parquet")
    pq.write_table(mixed, tmp_path / "mixed.parquet")
    pq.write_table(narrow, tmp_path / "foreign.parquet")
    return Sources(
        schema=str(tmp_path / "schema.parquet"),
        columns=SHOWN,
        narrow={"a": [str(tmp_path / "narrow.parquet")]},
        mixed=[str(tmp_path / "mixed.parquet")],
        fields={"a": ["Image", "Missing"], "b": ["Image", "image", "it's", "kind"]},
    )


def places(given: Sources, question: str, span: Range = ALL_TIMES) -> list[int]:
    with Hunt(given, asking.read(question), span) as hunt:
        return sorted(row["place"] for row in hunt.rows(["place"], most=10))


def test_sql_reaches_common_columns_and_the_original_fields_of_each_kind(store: Sources) -> None:
    assert running.ask("SELECT count(*), min(time) FROM events;", store).rows == ((5, NOON.isoformat()),)
    answer = running.ask("SELECT Image, Missing FROM a ORDER BY place", store)
    assert answer.rows == (("x.exe", None), ("Y.exe", None), (None, None))
    odd = running.ask('SELECT Image, "it\'s", "field.kind", kind FROM b ORDER BY place', store)
    assert odd.rows == (("z.exe", "q", None, "b"), (None, None, None, "b"))
    both = running.ask("WITH x AS (SELECT * FROM a) SELECT count(*) FROM x JOIN B ON true", store)
    assert both.rows == ((6,),)


def test_an_answer_is_cut_and_says_so(store: Sources) -> None:
    answer = running.ask("SELECT * FROM range(9)", store, limits=QUICK)
    assert (len(answer.rows), answer.is_cut, answer.columns) == (5, True, (("range", "BIGINT"),))
    few = running.ask("SELECT 1.5, [1], true, NULL, DATE '2026-01-02'", store, limits=QUICK)
    assert few.rows == (("1.5", "[1]", True, None, "2026-01-02"),)
    assert few.numbers == (True, False, False, False, False)
    sizes = (
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "UINTEGER",
        "UBIGINT",
        "FLOAT",
        "DOUBLE",
    )
    cast = ", ".join(f"1::{size}" for size in (*sizes, "DECIMAL(9,2)", "VARCHAR", "UUID", "INTEGER[]"))
    cast = cast.replace("1::UUID", "NULL::UUID").replace("1::INTEGER[]", "[1]")
    known = running.ask(f"SELECT {cast}", store, limits=QUICK).numbers
    assert known == (*[True] * (len(sizes) + 1), False, False, False)
    with pytest.raises(HuntFailed, match="longer than 40 characters"):
        running.ask("SELECT repeat('x', 99)", store, limits=HuntLimits(answer_bytes=40))


ESCAPES = {
    "read_csv": "SELECT * FROM read_csv('/etc/passwd')",
    "a path as a table": "SELECT * FROM '/etc/passwd'",
    "read_text": "SELECT * FROM read_text('/etc/passwd')",
    "read_blob in a subquery": "SELECT (SELECT count(*) FROM read_blob('/etc/*'))",
    "read_parquet": "SELECT * FROM read_parquet('{foreign}')",
    "a foreign part as a table": "SELECT * FROM '{foreign}'",
    "glob": "SELECT * FROM glob('/etc/*')",
    "sniff_csv": "FROM sniff_csv('/etc/passwd')",
    "parquet_metadata": "FROM parquet_metadata('{foreign}')",
    "copy": "COPY (SELECT 1) TO '{foreign}.csv'",
    "export": "EXPORT DATABASE '/tmp'",
    "attach": "ATTACH '{foreign}.db'",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "pragma": "PRAGMA database_list",
    "pragma as a function": "SELECT * FROM pragma_database_list()",
    "set": "SET threads = 4",
    "reset": "RESET ALL",
    "getenv": "SELECT getenv('HOME')",
    "current_setting": "SELECT current_setting('allowed_paths')",
    "settings": "SELECT * FROM duckdb_settings()",
    "secrets": "SELECT * FROM duckdb_secrets()",
    "the views of the catalogue": "SELECT * FROM duckdb_views",
    "information_schema": "SELECT * FROM information_schema.tables",
    "another schema": "SELECT * FROM main.events",
    "query": "SELECT * FROM query('SELECT 1')",
    "query_table": "SELECT * FROM query_table('events')",
    "show": "SHOW TABLES",
    "describe": "DESCRIBE events",
    "explain": "EXPLAIN SELECT 1",
    "create": "CREATE TABLE x AS SELECT 1",
    "insert": "INSERT INTO events SELECT 1",
    "two": "SELECT 1; SELECT 2",
    "none": "  ",
    "comment": "-- nothing",
    "null byte": "SELECT 1\x00",
    "unclosed": "SELECT 'x",
    "prepared": "EXECUTE x",
    "pivot statement": "PIVOT events ON kind USING count(*)",
    "too long": "SELECT " + "1," * 10_000 + "1",
    "a view of one's own": "CREATE VIEW v AS SELECT * FROM read_csv('/etc/passwd')",
    "hidden in a join": "SELECT * FROM events POSITIONAL JOIN '/etc/passwd'",
    "a cte that names a path": "WITH x AS (FROM '/etc/passwd') FROM x",
}


@pytest.mark.parametrize("sql", ESCAPES.values(), ids=ESCAPES)
def test_sql_that_reaches_out_is_refused_before_it_runs(store: Sources, tmp_path: Path, sql: str) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SqlRefused):
        running.ask(sql.replace("{foreign}", str(tmp_path / "foreign.parquet")), store)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('{foreign}')",
        "COPY (SELECT 1) TO '{foreign}.csv'",
        "ATTACH '{foreign}.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM 'https://127.0.0.1/x.parquet'",
    ],
)
def test_the_connection_itself_lets_nothing_out_even_where_nobody_looked_at_the_sql(
    store: Sources, tmp_path: Path, sql: str
) -> None:
    with sources.connect(store, QUICK) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql.replace("{foreign}", str(tmp_path / "foreign.parquet")))


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c",
        "SELECT repeat('x', 4000000000)",
        "SELECT list(x) FROM range(1000000000) t(x)",
    ],
    ids=["recursion", "cross join", "text", "list"],
)
def test_a_bomb_is_stopped(store: Sources, sql: str) -> None:
    with pytest.raises(HuntFailed, match=r"was stopped|needs more memory"):
        running.ask(sql, store, limits=HuntLimits(seconds=1, memory_mb=64))


def test_a_failing_select_says_why_without_paths(store: Sources) -> None:
    with pytest.raises(HuntFailed, match='"nope" not found'):
        running.ask("SELECT nope FROM events", store)
    assert "/" not in statements.sentence(ValueError("no /etc/x here\nLINE 1: x"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("a", Term("", "a")),
        ("x:a*", Term("x", "a*")),
        ('x:"a b"', Term("x", "a b", is_exact=True)),
        (r'"say \"x\" \\"', Term("", 'say "x" \\', is_exact=True)),
        (r"x:C:\a", Term("x", r"C:\a")),
        ("ip:fe80::1", Term("ip", "fe80::1")),
        ("a b OR c", AnyOf((AllOf((Term("", "a"), Term("", "b"))), Term("", "c")))),
        ("a AND (b OR NOT c)", AllOf((Term("", "a"), AnyOf((Term("", "b"), Not(Term("", "c"))))))),
        ("NOT NOT a", Term("", "a")),
    ],
)
def test_the_short_language_is_read(text: str, expected: Question | None) -> None:
    assert asking.read(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(a", "not closed"),
        ("a)", "belongs to no opening"),
        ('"a', "quotation mark is not closed"),
        ("a AND", "missing at the end"),
        ("OR a", "missing before OR"),
        ("x:(a)", "has no value"),
        ("()", "missing before"),
        ("NOT", "missing at the end"),
        ("a" * 2_001, "at most 2,000"),
        ("a " * 101, "at most 100 values"),
        ("(" * 30 + "a" + ")" * 30, "deeper than 20"),
    ],
)
def test_what_is_unclear_is_said(text: str, why: str) -> None:
    with pytest.raises(Unclear, match=why):
        asking.read(text)


@given(st.text(max_size=60))
def test_no_text_is_too_odd_to_be_read_or_said_to_be_unclear(text: str) -> None:
    with suppress(Unclear):
        asking.fields(asking.read(text))


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_a_written_value_is_read_as_itself(value: str) -> None:
    term = Term("x", value, is_exact=True)
    assert asking.read(asking.written(term)) == term
    assert asking.written(Term("", "a*")) == "a*"


def test_a_hunt_finds_what_an_obvious_evaluator_finds(store: Sources) -> None:
    def slow(term: Term, number: int) -> bool:
        fields = [{"Image": "x.exe"}, {"Image": "Y.exe"}, {}, {"Image": "z.exe", "it's": "q"}, {"image": "no"}][number]
        if not term.field:
            return term.pattern.lower() in f"raw {number}"
        value = HOSTS[number] if term.field == "host.name" else fields.get(term.field)
        if term.pattern == "*" and not term.is_exact:
            return bool(value)
        if value is None:
            return False
        pattern = term.pattern.lower()
        return value.lower() == pattern if term.is_exact else fnmatchcase(value.lower(), pattern.replace("[", "[[]"))

    for text in ("host.name:ws-*", "host.name:*", "host.name:dc%1", "host.name:dc?1", 'host.name:"WS-1"', "raw", "4"):
        term = asking.read(text)
        assert isinstance(term, Term)
        assert places(store, text) == [number for number in range(5) if slow(term, number)], text
        assert places(store, f"NOT {text}") == [number for number in range(5) if not slow(term, number)], text
    for text in ("Image:*.exe", "image:y.exe", "Image:* host.name:*", "it's:q"):
        wanted = [
            number
            for number in range(5)
            if all(slow(each, number) for each in _terms(asking.read(text.replace("image", "Image"))))
        ]
        assert places(store, text) == wanted, text


def _terms(question: Question | None) -> Iterator[Term]:
    if isinstance(question, AllOf):
        for each in question.inner:
            yield from _terms(each)
    elif isinstance(question, Term):
        yield question


def test_a_hunt_is_about_a_time_and_shows_its_course(store: Sources) -> None:
    span = Range(NOON + timedelta(minutes=1), NOON + timedelta(minutes=2))
    assert places(store, "", span) == [1, 2]
    assert places(store, "time:2026-11-26*") == [0, 1, 2, 3]
    with Hunt(store, None, Range()) as hunt:
        events, first, last = hunt.ends()
        assert (events, first, last) == (5, NOON, NOON + timedelta(minutes=3))
        assert first is not None
        assert last is not None
        course = hunt.histogram(first, last)
        assert (course.step, len(course.counts)) == (Step(10, Unit.SECOND), 19)
        assert [(begin, count) for begin, _end, count in course.counts if count] == [
            (NOON + timedelta(minutes=minutes), 1) for minutes in range(4)
        ]
        early = hunt.histogram(first - timedelta(days=9_999), last, ZoneInfo("Asia/Shanghai"))
        assert early.step == Step(1, Unit.YEAR)
        assert early.counts[-1] == (datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC), 4)
        assert hunt.common(["kind", "host.name"], most=2) == {
            "kind": [("a", 3), ("b", 2)],
            "host.name": [("WS-2", 1), ("dc%1", 1)],
        }
        assert [row["place"] for row in hunt.rows(["place"], newest_first=False, most=2, skip=1)] == [1, 2]


@pytest.mark.parametrize("named", [0, 1, 1_000], ids=["joined", "mostly joined", "named"])
@pytest.mark.parametrize("most", [1, 2, 10], ids=["too many", "just as many", "few"])
@pytest.mark.parametrize(
    "question", ["", "kind:a OR Image:z.exe", "NOT Image:y.exe", "host.name:WS*", "raw", "nothing"]
)
def test_a_hunt_that_gathers_first_finds_the_same(
    store: Sources, question: str, most: int, named: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST_NAMED", named)
    facets = ("kind", "host.name")
    with Hunt(store, asking.read(question), ALL_TIMES) as plain, Hunt(store, asking.read(question), ALL_TIMES) as quick:
        quick.gather(most=most)
        assert quick.ends() == plain.ends()
        for skip in (0, 1):
            assert quick.rows(("place", "raw"), most=10, skip=skip) == plain.rows(("place", "raw"), most=10, skip=skip)
        first = quick.rows(("raw",), newest_first=False, most=2)
        assert first == plain.rows(("raw",), newest_first=False, most=2)
        assert quick.common(facets, most=2) == plain.common(facets, most=2)
        assert quick.histogram(NOON, NOON + timedelta(hours=1)) == plain.histogram(NOON, NOON + timedelta(hours=1))


def test_events_that_memory_does_not_hold_are_counted_all_the_same(store: Sources) -> None:
    with Hunt(store, asking.read("kind:a"), ALL_TIMES, limits=HuntLimits(memory_mb=32)) as hunt:
        place = f'0 AS "{sources.PART}", i AS "{sources.ROW}"'
        long = f"repeat('x', 9999) || i AS file, {place} FROM range(50000) t(i)"
        hunt._from, hunt._words = f"(SELECT NULL::TIMESTAMP AS time, i AS place, {long}) WHERE true", []
        hunt.gather(most=100_000)
        assert hunt.ends() == (50_000, None, None)


def test_an_event_is_found_by_its_file_and_place(store: Sources) -> None:
    assert running.locate(store, file="f", place=1) == (store.narrow["a"][0], 1)
    assert running.locate(store, file="f", place=4) == (store.mixed[0], 1)
    assert running.locate(store, file="g", place=1) is None


def test_what_a_hunt_cannot_do_is_said(store: Sources) -> None:
    with pytest.raises(HuntFailed, match="has a field nope"):
        places(store, "nope:1")
    with Hunt(store, None, Range(), limits=HuntLimits(seconds=0.2)) as hunt:
        hunt._from = "range(100000) a, range(100000) b, range(1000) c WHERE true"
        with pytest.raises(HuntFailed, match=r"took longer than 0\.2 seconds"):
            hunt._run(f"SELECT count(*) FROM {hunt._from}")
        with pytest.raises(HuntFailed, match="more memory"):
            Hunt(store, None, Range(), limits=HuntLimits(memory_mb=16))._run(
                "SELECT list(x) FROM range(100000000) t(x)"
            )
    gone = Sources(schema=store.schema, columns=SHOWN, mixed=[store.schema.replace("schema", "gone")])
    with pytest.raises(HuntFailed, match="went away"), Hunt(gone, None, Range()) as hunt:
        hunt.ends()


def test_a_store_without_events_answers(store: Sources) -> None:
    empty = Sources(schema=store.schema, columns=SHOWN)
    assert running.ask("SELECT count(*) FROM events", empty).rows == ((0,),)
    assert places(empty, "x") == []
