"""Every template of the project: nothing inline, a known shell, and components that declare what they take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from burgrave.web.messages import PACKAGE

FOLDERS = sorted(PACKAGE.glob("*/templates"))
TEMPLATES = sorted(path for folder in FOLDERS for path in folder.rglob("*.html"))
COMPONENTS = sorted((PACKAGE / "web" / "templates" / "cotton").glob("*.html"))
SHELLS = {"web/document.html", "web/page.html", "web/bare.html"}
STANDALONE = {"web/document.html", "web/failure.html", "notifications/mail.html"}
INLINE = {
    "a script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"\sstyle\s*=\s*[\"']\s*[a-z-]+\s*:", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\bhx-on\b", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "an evaluated htmx value": re.compile(r"hx-(?:vals|headers|vars)\s*=\s*[\"']?\s*js:", re.IGNORECASE),
    "a foreign address": re.compile(r"(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE),
}


def name_of(path: Path) -> str:
    return str(path).split("/templates/", 1)[1]


def source_of(name: str) -> str:
    return next(path for path in TEMPLATES if name_of(path) == name).read_text("utf-8")


def inline_faults(text: str) -> list[str]:
    return [what for what, pattern in INLINE.items() if pattern.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_has_nothing_inline(path: Path) -> None:
    assert inline_faults(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("<script>alert(1)</script>", "a script"),
        ("<style>p{}</style>", "a style element"),
        ('<p style="width: 3px">', "a style attribute"),
        ('<button onclick="x()">', "an event attribute"),
        ('<div hx-on:click="x()">', "hx-on"),
        ('<a href="javascript:x()">', "a script address"),
        ("<div hx-vals='js:{a: 1}'>", "an evaluated htmx value"),
        ('<img src="//elsewhere.example/x.png">', "a foreign address"),
    ],
)
def test_a_planted_fault_is_caught(planted: str, fault: str) -> None:
    assert fault in inline_faults(planted)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles(path: Path) -> None:
    get_template(name_of(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_page_stands_in_a_known_shell(path: Path) -> None:
    text, name = path.read_text("utf-8"), name_of(path)
    extended = re.search(r"{%\s*extends\s+\"([^\"]+)\"", text)
    if "<html" in text:
        assert name in STANDALONE
    if extended:
        base = extended[1]
        while base not in SHELLS:
            above = re.search(r"{%\s*extends\s+\"([^\"]+)\"", source_of(base))
            assert above, f"{name} extends {base}, which stands in no shell"
            base = above[1]


@pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
def test_a_component_declares_every_name_that_it_reads(path: Path) -> None:
    """Components see the page's names too; an undeclared one would take whatever the page calls by it."""
    text = path.read_text("utf-8")
    declared = set(re.findall(r"[\s:]([a-z_]+)=", (re.search(r"<c-vars(.*?)/>", text, re.DOTALL) or [""])[0]))
    given = {"slot", "attrs", "request", "shell", "forloop", "csrf_token", "True", "False", "None"}
    local = set(re.findall(r"{%\s*for\s+([\w, ]+?)\s+in", text)) | set(re.findall(r"\bas\s+(\w+)\s*%}", text))
    local |= set(re.findall(r"[\s](\w+)=[^\s%}]+", " ".join(re.findall(r"{%\s*(?:with|blocktranslate)[^%]*%}", text))))
    names = {word.strip() for group in local for word in group.split(",")}
    body = re.sub(r"<c-vars.*?/>", "", text, flags=re.DOTALL)
    read = set(re.findall(r"{{\s*([a-z_]+)", body))
    for condition in re.findall(r"{%\s*(?:if|elif)\s+(.*?)\s*%}", body):
        bare = re.sub(r"\"[^\"]*\"|'[^']*'|\|\w+|\.\w+", "", condition)
        read |= set(re.findall(r"\b[a-z_]+\b", bare)) - {"and", "or", "not", "in", "is"}
    assert read - declared - given - names == set()
