"""Files of strangers: archives, Word files, pages, encodings."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.norms import Arrival, Kind, Language, NormError, arrive, arrive_all, safe_path
from burgrave.engines.norms import arriving as limits
from burgrave.engines.norms.markup import from_html
from burgrave.engines.norms.wordfile import W

CHINESE = "# 口令规范\n\nID-1 用户应当选择不少于14个字符的口令。\n"


def packed(**files: bytes) -> bytes:
    """An archive; two underscores in a name stand for a slash, one at the end for the point before md."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        for name, data in files.items():
            opened.writestr(name.replace("__", "/") + ".md", data)
    return out.getvalue()


def word(tmp_path: Path) -> docx.document.Document:
    assert tmp_path
    return docx.Document()


def saved(document: docx.document.Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def only(arrival: Arrival) -> tuple[str, list[str]]:
    (document,) = arrival.documents
    return document.source, [f"{each.words} | {each.reason}" for each in document.unplaced]


def test_a_folder_arrives_with_what_each_file_is() -> None:
    content = packed(
        policies__access=b"# Access\n",
        procedures__patch=b"# Patch\n",
        README=b"x",
        policies__broken=b"---\ntitle: [\n---\n",
    )
    arrival = arrive(content, name="all.zip")
    assert [(each.path, each.norm.kind) for each in arrival.documents] == [
        ("policies/access.md", Kind.POLICY),
        ("procedures/patch.md", Kind.PROCEDURE),
    ]
    assert [(each.path, each.is_fault) for each in arrival.refused] == [
        ("README.md", False),
        ("policies/broken.md", True),
    ]
    assert arrival.refused[1].line == 3
    assert "front matter" in arrival.refused[1].reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".git/config.md", "hidden"),
        ("__MACOSX/a.md", "hidden"),
        ("logo.png", "neither Markdown"),
        ("Changelog.md", "no document by its name"),
    ],
)
def test_what_is_no_document_is_passed_over_with_a_reason(name: str, reason: str) -> None:
    (refused,) = arrive_all([(name, b"x")]).refused
    assert reason in refused.reason
    assert not refused.is_fault


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_text_keeps_its_words_in_every_encoding(encoding: str) -> None:
    arrival = arrive(CHINESE.encode(encoding))
    (document,) = arrival.documents
    assert document.source == CHINESE
    assert document.norm.language is Language.CHINESE
    assert bool(document.unplaced) is (encoding in {"utf-16", "gb18030"})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfea", "begins as UTF-16"),
        (b"good\nbad \xe9 line", "byte 0xe9 is not UTF-8"),
        (b"a\0b", "NUL"),
        (b"x" * (limits.MOST_BYTES + 1), "more than"),
    ],
    ids=["half of UTF-16", "latin", "binary", "large"],
)
def test_what_cannot_be_read_is_refused_with_its_line(content: bytes, sentence: str) -> None:
    (refused,) = arrive(content).refused
    assert sentence in refused.reason
    assert refused.is_fault


def test_fifty_megabytes_are_the_end() -> None:
    with pytest.raises(NormError, match="at most 52428800 are taken"):
        arrive(b"x" * (limits.MOST_CONTENT + 1))


def test_too_many_files_are_refused() -> None:
    with pytest.raises(NormError, match="2001 files"):
        arrive_all([(f"{number}.md", b"") for number in range(2_001)])
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as opened:
        for number in range(2_001):
            opened.writestr(f"{number}.md", b"")
    with pytest.raises(NormError, match="holds 2001 files"):
        arrive(many.getvalue())


def test_an_archive_that_blows_up_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ALTOGETHER", 1_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("bomb.md", b"0" * 100_000)
    with pytest.raises(NormError, match="unpacks to more than 1000"):
        arrive(out.getvalue())


def test_a_damaged_archive_is_refused() -> None:
    with pytest.raises(NormError, match="cannot be opened"):
        arrive(packed(a=b"# A\n")[:40])


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_by_name(content: bytes) -> None:
    for data in (content, b"PK\x03\x04" + content):
        try:
            arrive(data)
        except NormError:
            continue


@given(st.text(max_size=60))
def test_a_path_never_leads_outside(path: str) -> None:
    made = safe_path(path)
    assert made
    assert not made.startswith("/")
    assert ".." not in made.split("/")


def test_a_page_becomes_markdown_and_does_nothing() -> None:
    made = from_html(
        """<!doctype html><html><head><title>T</title><style>p{}</style></head><body onload="go()">
        <h1>Access</h1><p>Users <b>shall</b> <em>ask</em>&nbsp;first.<br>Then wait.</p>
        <script>alert(1)</script><iframe src="https://evil.example/"><p>in</p></iframe>
        <ul><li>one</li><li>two<ol><li>inner</li></ol></li></ul>
        <table><tr><th>a</th><th>b|c</th></tr><tr><td><p>1</p></td></tr></table>
        <blockquote>quoted</blockquote><pre>x
  y</pre><p><a href="https://example.org/">web</a> <a href="javascript:alert(1)">bad</a> <img src="x.png" alt="plan">
        <code>c</code></p><!-- note --></body></html>"""
    )
    lines = made.text.splitlines()
    assert lines[0] == "# Access"
    assert "Users **shall** *ask* first. Then wait." in made.text
    assert "- one" in lines
    assert "    1. inner" in lines
    assert "| a | b/c |" in lines
    assert "| 1 |  |" in lines
    assert "> quoted" in lines
    assert lines[lines.index("```") : lines.index("```") + 4] == ["```", "x", "  y", "```"]
    assert "[web](https://example.org/) [bad] plan `c`" in made.text
    assert "alert" not in made.text
    listed = [each.words for each in made.unplaced]
    assert listed == ["<style>", "onload of <body>", "<script>", "<iframe>", "<img> x.png", "<!-- note -->"]
    assert made.unplaced[2].place.line == 3


def test_a_page_arrives_by_its_name_or_its_first_words() -> None:
    assert only(arrive_all([("a.html", b"<p>Users shall ask.</p>")]))[0] == "Users shall ask.\n"
    assert only(arrive(b"<!DOCTYPE html><h2>x</h2>"))[0] == "## x\n"


def test_a_word_file_becomes_markdown(tmp_path: Path) -> None:
    document = word(tmp_path)
    document.add_heading("Access", 1)
    paragraph = document.add_paragraph("Users ")
    paragraph.add_run("shall").bold = True
    paragraph.add_run(" ask first.")
    document.add_paragraph("one", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip([each for row in table.rows for each in row.cells], ["a", "b", "1", "2"], strict=True):
        cell.text = words
    document.sections[0].header.paragraphs[0].text = "Running head"
    source, listed = only(arrive(saved(document)))
    assert source.startswith("# Access\n\nUsers **shall** ask first.\n")
    assert "| a | b |\n|---|---|\n| 1 | 2 |" in source
    assert any("Running head" in each and "running head of the page" in each for each in listed)


def test_macros_embedded_files_and_outside_links_are_dropped_and_listed(tmp_path: Path) -> None:
    document = word(tmp_path)
    document.add_paragraph("Users shall ask.")
    document.part.relate_to("https://evil.example/t.dotm", "x/attachedTemplate", is_external=True)
    content = io.BytesIO(saved(document))
    with zipfile.ZipFile(content, "a") as opened:
        opened.writestr("word/vbaProject.bin", b"macro")
        opened.writestr("word/embeddings/oleObject1.bin", b"ole")
        opened.writestr("word/media/image1.png", b"png")
    source, listed = only(arrive(content.getvalue()))
    assert source == "Users shall ask.\n"
    for words in ("a macro is dropped", "an embedded file is dropped", "pictures are not part", "evil.example/t.dotm"):
        assert any(words in each for each in listed), words


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "cannot be read"),
        (b"<broken", "cannot be read"),
    ],
    ids=["entities", "broken"],
)
def test_a_word_file_with_entities_is_refused(body: bytes, sentence: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr("word/document.xml", body)
    (refused,) = arrive(out.getvalue()).refused
    assert sentence in refused.reason


def test_tracked_changes_links_and_fields_are_told_apart() -> None:
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    r = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    body = (
        f"<w:document {w} {r}><w:body><w:p><w:r><w:t>Users shall </w:t></w:r>"
        "<w:del><w:r><w:delText>never </w:delText></w:r></w:del><w:ins><w:r><w:t>always</w:t></w:r></w:ins>"
        "<w:r><w:tab/><w:instrText>PAGE</w:instrText></w:r>"
        '<w:hyperlink r:id="r1"><w:r><w:t>ask</w:t></w:r></w:hyperlink>'
        "<w:r><w:drawing><w:t>in a box</w:t></w:drawing></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>kept</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:altChunk><w:t>strange</w:t></w:altChunk><w:sectPr/></w:body></w:document>"
    )
    rels = (
        '<Relationships xmlns="x"><Relationship Id="r1" Type="x/hyperlink" Target="https://example.org/" '
        'TargetMode="External"/><Relationship Id="r2" Type="x/styles" Target="styles.xml"/></Relationships>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr("word/document.xml", body)
        opened.writestr("word/_rels/document.xml.rels", rels)
    source, listed = only(arrive(out.getvalue()))
    assert source == "Users shall always [ask](https://example.org/)\n\nkept\n"
    assert [each.partition(" | ")[0] for each in listed] == ["never", "PAGE", "in a box", "strange"]


def test_every_real_policy_arrives_and_none_of_its_words_is_lost(shared_data: Path) -> None:
    folder = shared_data / "policies-comply" / "themes" / "comply-soc2"
    files = [(str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    arrival = arrive_all(files)
    assert {each.path for each in arrival.documents} | {each.path for each in arrival.refused} == {p for p, _ in files}
    assert not [each for each in arrival.refused if each.is_fault]
    for each in arrival.documents:
        assert each.source == (folder / each.path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"---\na: " + b"[" * 200 + b"]" * 200 + b"\n---\n# a\n", "more than 50 levels"),
        (b"---\ntitle: !!python/object/apply:os.system ['id']\n---\n# a\n", "could not determine a constructor"),
        (b"---\n\ttitle: x\n---\n# a\n", "cannot start any token"),
        ("# Überschrift\n\nDie Prüfung muss größer sein.\n".encode("latin-1"), "byte 0xdc is not UTF-8"),
        ("# 口令規範\n\n用戶應當選擇口令。\n".encode("big5"), "is not UTF-8"),
        (b"# a\n\xed\xa0\x80\n", "byte 0xed is not UTF-8"),
        (b"\xef\xbb\xbf \n", "the file holds no text"),
        (b"# a\n\n" + b"- Users shall x.\n" * 20_001, "more than 20000 paragraphs"),
    ],
    ids=["deep", "python", "tab", "latin", "big5", "surrogate", "empty", "endless"],
)
def test_a_hostile_or_broken_text_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    (refused,) = arrive(content, name="a.md").refused
    assert refused.path == "a.md"
    assert reason in refused.reason
    assert refused.is_fault


def test_parts_that_lie_too_deep_are_refused_and_not_walked() -> None:
    deep = "<w:smartTag>" * 3_000 + "<w:r><w:t>a</w:t></w:r>" + "</w:smartTag>" * 3_000
    body = f'<w:document xmlns:w="{W[1:-1]}"><w:body><w:p>{deep}</w:p></w:body></w:document>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("word/document.xml", body)
    (refused,) = arrive(made.getvalue(), name="a.docx").refused
    assert refused.reason == "the parts of the file lie too deep in each other to be read"


def test_a_link_in_an_archive_is_no_file() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        link = zipfile.ZipInfo("passwd.md")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(NormError, match=r"document:1: passwd\.md is a link"):
        arrive(made.getvalue())


def test_an_archive_that_unpacks_without_end_is_left_unread() -> None:
    """400 MB of zeros in an archive of half a megabyte: read no further than one document may go."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("a.md", "w", force_zip64=True) as part:
        for _ in range(100):
            part.write(b"\0" * 4_000_000)
    (refused,) = arrive(made.getvalue()).refused
    assert refused.reason == "the document has more than 8388608 bytes"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.md", "etc/passwd.md"),
        ("/abs/b.md", "abs/b.md"),
        ("C:\\x\\c.md", "C:/x/c.md"),
        ("a/./../../d.md", "a/d.md"),
        ("\u202egpj.md", "gpj.md"),
        ("x" * 400 + ".md", "x" * 297 + ".md"),
    ],
)
def test_a_path_leads_nowhere_outside(name: str, shown: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(name, "# a\n")
    assert [each.path for each in arrive(made.getvalue()).documents] == [shown]


@pytest.mark.parametrize("piece", ["<!--", "[", "*", "{{", "`"], ids=["comment", "bracket", "star", "variable", "code"])
def test_an_opening_that_never_closes_is_text(piece: str) -> None:
    """A hundred thousand of them are read as fast as other text: the whole test suite would time out otherwise."""
    (found,) = arrive(f"# a\n\nUsers shall x. {piece * 100_000}\n".encode(), name="a.md").documents
    assert found.norm.clauses


def test_comments_keep_every_other_line_where_it_was() -> None:
    comments = b"<!-- one\ntwo --> x <!-- three -->\n\n<!-- lint: allow vague-word: why -->\n"
    source = b"# a\n\n" + comments + b"Users shall be quick.\n"
    (found,) = arrive(source, name="a.md").documents
    assert [(each.line, each.code) for each in found.norm.allowed] == [(6, "vague-word")]
    assert found.norm.clauses[0].place.line == 7
