from __future__ import annotations

from burgrave.engines.search import Document, question, score

DOCUMENTS = {
    "exact identifier": Document("AST-000001", "Mail", ""),
    "exact title": Document("AST-000009", "ast-000001", ""),
    "title begins": Document("AST-000002", "Payroll system", ""),
    "title later": Document("AST-000003", "The payroll", ""),
    "both": Document("X-7", "Archive of payroll", ""),
    "text": Document("AST-000004", "Server", "runs the payroll"),
}


def order(asked: str, *names: str) -> list[str]:
    return sorted(names, key=lambda name: score(question(asked), DOCUMENTS[name]))


def test_what_is_called_so_comes_before_what_mentions_it() -> None:
    names = ("text", "title later", "title begins")
    assert order("payroll", *names) == ["title begins", "title later", "text"]


def test_the_identifier_counts_as_much_as_the_name() -> None:
    assert score(question("AST-000001"), DOCUMENTS["exact identifier"])[0] == 0
    assert score(question("ast-000001"), DOCUMENTS["exact title"])[0] == 0
    assert score(question("x-7 payroll"), DOCUMENTS["both"])[0] == 3
    assert score(question("ast-0000"), DOCUMENTS["text"])[0] == 1
    assert score(question("payroll runs"), DOCUMENTS["text"])[0] == 4
