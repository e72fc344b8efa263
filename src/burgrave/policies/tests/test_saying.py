"""What the engine says of texts and files, in the language of whoever reads it."""

from __future__ import annotations

import ast
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext, override

from burgrave import engines
from burgrave.engines.norms import Kind, Language, NormError, Phrase
from burgrave.imports import queries as imports
from burgrave.imports.rules import heard, kept
from burgrave.imports.tests.house import checked, received
from burgrave.people.models import Person
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.policies import commands
from burgrave.policies.rules.saying import said, said_error
from burgrave.policies.terms.drafts import DocumentFacts, Draft
from burgrave.policies.tests.house import ENGLISH
from burgrave.policies.words.linting import PIECES, SENTENCES
from burgrave.web.errors import Said
from burgrave.web.templatetags.web import spoken
from burgrave.web.terms import Actor

Browser = Callable[[Actor], Client]
SAYS = {
    "Phrase": slice(0, 1),
    "_too_many": slice(0, 1),
    "say": slice(3, 5),
    "_beside": slice(1, 2),
    "_list": slice(1, 2),
}
"""The calls in the engine that say something, and which of their arguments do."""


def speaks_chinese(actor: Actor) -> None:
    """The person reads every page in Chinese from now on."""
    Person.objects.filter(pk=actor.person_id).update(language="zh-hans")


def sentences(source: str) -> Iterator[str]:
    """Every sentence that the source of an engine says, read out of its calls."""
    for call in (each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Call)):
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        given = [each.value for each in call.keywords if name == "Unplaced" and each.arg == "reason"]
        for argument in [*call.args[SAYS[name]], *given] if name in SAYS else given:
            choices = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
            yield from (
                each.value for each in choices if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def test_every_sentence_of_the_engine_is_in_the_catalogue() -> None:
    folder = Path(engines.__file__).parent / "norms"
    found = {each for file in folder.glob("*.py") for each in sentences(file.read_text(encoding="utf-8"))}
    assert len(found) > 90
    assert sorted(found - set(SENTENCES)) == [""]
    with override("zh-hans"):
        assert [each for each in (*SENTENCES, *PIECES) if gettext(each) == each] == []


def test_a_sentence_that_is_not_written_out_is_found() -> None:
    assert list(sentences("yield say(norm, 'x', place, 'new' if a else Phrase('other %(b)s', b=c), 'mend')")) == [
        "new",
        "mend",
        "other %(b)s",
    ]


def test_a_phrase_is_said_with_its_pieces() -> None:
    phrase = Phrase("this %(kind)s implements nothing above it", kind=Phrase("norm"))
    assert phrase == "this norm implements nothing above it"
    with override("zh-hans"):
        assert spoken(said(phrase)) == "本规范没有落实任何上层文件"
        error = NormError("a.md", 3, Phrase("a NUL character; this is no text file"))
        assert spoken(said_error(error)) == "a.md:3：含有 NUL 字符；这不是文本文件"
    assert said("typed by somebody") == "typed by somebody"
    assert not isinstance(said("typed by somebody"), Said)


@pytest.mark.parametrize(
    "text",
    ["plain", Said("not yet checked"), Said("%(a)s is %(b)s", {"a": "x", "b": Said("ready")})],
    ids=["plain", "sentence", "with pieces"],
)
def test_what_is_kept_is_heard_as_it_was_said(text: str) -> None:
    again = heard(kept(text))
    assert (again, isinstance(again, Said)) == (text, isinstance(text, Said))
    if isinstance(text, Said) and isinstance(again, Said):
        assert again.words == text.words


@pytest.mark.django_db
def test_findings_and_what_could_not_be_placed_are_said_in_chinese(
    client_of: Browser, organisation: CastOrganisation, alice: Actor
) -> None:
    source = ENGLISH.replace("owner:", "colour: blue\nowner:") + "\nID-09 Access shall be appropriate.\n"
    facts = DocumentFacts(kind=Kind.NORM, unit_id=organisation.root, number="NRM-06")
    made = commands.add_document(facts, Draft(sources={Language.ENGLISH: source}), actor=alice, now=timezone.now())
    speaks_chinese(alice)
    page = client_of(alice).get("/policies/lint/").content.decode()
    assert "&#x27;appropriate&#x27; 因人而异，无法检验。请写明多少、何时之前、多久一次或依据何种标准。" in page
    assert "句中未写明由谁执行" in page
    document = client_of(alice).get(f"/policies/{made}/")
    version = document.context["versions"][0]["row"].version_id
    page = client_of(alice).get(f"/policies/versions/{version}/").content.decode()
    assert "文件头中没有这样的键；已保留在文本中" in page


@pytest.fixture
def broken() -> bytes:
    """An archive with a note, a text without an end of its front matter, and one in no encoding."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("README.md", "x")
        packed.writestr("front.md", "---\ntitle: [\n---\n# A\n")
        packed.writestr("bytes.md", b"# A\n\n\xff\xfe\x81 shall\n")
    return made.getvalue()


@pytest.mark.django_db
def test_an_import_says_its_faults_and_notes_in_the_language_of_the_reader(
    client_of: Browser, organisation: CastOrganisation, broken: bytes
) -> None:
    here = organisation.night_shift
    nora = hire("Nora Nacht", unit_id=here, roles=(("security_officer", here),))
    made = received(broken, actor=nora, name="folder.zip", target="policies")
    view = checked(made, actor=nora)
    assert view.notes == ("README.md was passed over: no document by its name",)
    page = client_of(nora).get(f"/imports/{made}/").content.decode()
    assert "byte 0xff is not UTF-8; save the file as UTF-8" in page
    speaks_chinese(nora)
    page = client_of(nora).get(f"/imports/{made}/").content.decode()
    for words in (
        "已略过 README.md：从名称看不是制度文件",
        "字节 0xff 不是 UTF-8；请将文件另存为 UTF-8",
        "读取文件头：",
        "无法安置",
    ):
        assert words in page, words
    assert ("bytes.md", 3) in {(each.column, each.line) for each in imports.faults(made, number=1, size=50).rows}
