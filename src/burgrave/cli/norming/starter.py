"""The norm set that ships along, written out for editing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

LIBRARY = Path(__file__).resolve().parents[2] / "policies" / "starter"
LANGUAGES = ("en", "zh-hans")
_EXAMPLES = {"en": "Example Company", "zh-hans": "示例公司"}


def write_starter(folder: Path, *, languages: Sequence[str], organisation: str) -> tuple[Path, ...]:
    """The documents stand below the folder, one sub-folder a language. Nothing is written when one of them exists.

    Raises ClickException.
    """
    wanted = [(source, folder / language / source.name, language) for language in languages for source in _of(language)]
    standing = [str(target) for _, target, _ in wanted if target.exists()]
    if standing:
        raise click.ClickException(
            f"writing the starter set: {len(standing)} of {len(wanted)} files exist already, such as {standing[0]}; "
            "nothing was written. Name an empty folder."
        )
    try:
        for source, target, language in wanted:
            target.parent.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
            target.write_text(_named(text, organisation, language), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"writing the starter set: {error.strerror}: {error.filename}") from error
    return tuple(target for _, target, _ in wanted)


def _of(language: str) -> Iterator[Path]:
    return iter(sorted((LIBRARY / language).glob("*.md")))


def _named(text: str, organisation: str, language: str) -> str:
    if not organisation:
        return text
    quoted = organisation.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace(
        f"variables: {{organisation: {_EXAMPLES[language]}}}", f'variables: {{organisation: "{quoted}"}}'
    )
