"""The documentation is tested: what exists is mentioned, and what is mentioned exists."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import pytest

from burgrave.cli.main import main

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import records_catalogue  # noqa: E402 - the folder is put on the path above

pytestmark = pytest.mark.engine_only

DOMAINS = (
    "sample",
    "web",
    "jobs",
    "operations",
    "ledger",
    "lists",
    "people",
    "imports",
    "custody",
    "assurance",
    "policies",
    "events",
    "incidents",
    "intake",
    "detection",
    "isms",
    "engines",
)
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
}
ALL = "\n".join(PAGES.values())


def verbs() -> list[str]:
    names: list[str] = []
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command
        names.append(name)
        if isinstance(command, click.Group):
            names += [f"{name} {child}" for child in command.list_commands(context)]
    return names


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_of_the_command_line_is_documented(verb: str) -> None:
    assert f"burgrave {verb}" in ALL


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"(?:^|`|bin/)burgrave ([a-z]+)", ALL, flags=re.MULTILINE))))
def test_every_documented_verb_exists(verb: str) -> None:
    assert verb in verbs()


def test_every_setting_is_documented() -> None:
    source = (ROOT / "src/burgrave/site/environment.py").read_text() + (
        ROOT / "src/burgrave/site/settings.py"
    ).read_text()
    read = set(re.findall(r"(?:environ(?:\.get)?[\[(]|flag\()\"([A-Z_]+)\"", source)) - {"DJANGO_SETTINGS_MODULE"}
    assert {"BURGRAVE_HOME", "DATABASE_URL"} <= read
    missing = {name for name in read if name not in PAGES["README.md"] + PAGES["docs/operation/running.md"]}
    assert missing == set()


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_has_a_page(domain: str) -> None:
    page = ROOT / "src" / "burgrave" / domain / "README.md"
    assert len(page.read_text(encoding="utf-8")) > 300


def test_the_catalogue_of_records_is_current() -> None:
    assert (ROOT / "docs/reference/records.md").read_text(encoding="utf-8") == records_catalogue.page(), (
        "run .venv/bin/python tools/records_catalogue.py"
    )


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{name}: {target}"
        for name, text in PAGES.items()
        for target in re.findall(r"\]\(([^)#\s]+)", text)
        if "://" not in target and not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_every_decision_is_listed() -> None:
    listed = set(re.findall(r"\((\d{4}-[a-z-]+\.md)\)", PAGES["docs/adr/index.md"]))
    assert listed == {path.name for path in (ROOT / "docs/adr").glob("0*.md")}
