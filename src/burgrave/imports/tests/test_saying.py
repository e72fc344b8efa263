"""What the engine of sheets says of a table, in the language of whoever reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from burgrave.engines import sheets
from burgrave.engines.sheets import SheetError, open_sheet
from burgrave.imports.rules import heard, kept, said
from burgrave.imports.views.sheet_words import SENTENCES
from burgrave.web.templatetags.web import spoken

SAY = {"Phrase", *(each.__name__ for each in SheetError.__subclasses__())}


def sentences() -> Iterator[str]:
    """Every sentence that the engine says, read out of its calls."""
    for file in Path(sheets.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SAY and call.args:
                yield from (str(each.value) for each in call.args[:1] if isinstance(each, ast.Constant))


def test_every_sentence_of_the_engine_is_in_the_catalogue() -> None:
    assert set(sentences()) == set(SENTENCES)


@pytest.mark.parametrize(
    ("content", "english", "chinese"),
    [
        (b"name,name\nx,y\n", "two columns are named 'name': give one another name", "有两列同名"),
        (b"name,kind\nx,y,z\n", "line 2 has 3 cells, the header has 2", "第 2 行有 3 个单元格"),
        (b"", "the file holds no table", "文件中没有表格"),
    ],
)
def test_what_is_wrong_is_said_in_the_readers_language(content: bytes, english: str, chinese: str) -> None:
    with pytest.raises(SheetError, match=english) as refused:
        list(open_sheet(content).rows())
    with override("zh-hans"):
        assert chinese in spoken(heard(kept(said(refused.value.said))))


def test_a_note_is_said_in_the_readers_language() -> None:
    sheet = open_sheet(b"name,kind\nx\n")
    assert [each.cells for each in sheet.rows()] == [("x", "")]
    (note,) = sheet.notes
    with override("zh-hans"):
        assert spoken(said(note)) == "第 2 行只有 2 个单元格中的 1 个；其余按空处理"
