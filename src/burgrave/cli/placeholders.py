"""The option `--placeholders`: values for placeholders of rules, out of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from burgrave.engines.detection import RuleLimits

MOST_BYTES: Final = 10 << 20
_SHAPE: Final = "expected a map of names to lists of texts, such as: Admins_Workstations: [ws-1, ws-2]"


def placeholders(command: Any) -> Any:
    """The command takes `--placeholders FILE`, and is given what the file says as ``placeholder_file``."""
    return click.option(
        "--placeholders",
        "placeholder_file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Values for placeholders of rules (modifier expand): YAML or JSON, a map of names to lists of texts.",
    )(command)


def limits_of(path: Path | None) -> RuleLimits:
    """The usual limits, with the values that the file gives. Raises BadParameter."""
    import yaml

    from burgrave.engines.detection import RuleLimits, placeholder_values

    if path is None:
        return RuleLimits()
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _bad(path, f"it has more than {MOST_BYTES:,} bytes")
    try:
        found = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(path, f"it is neither YAML nor JSON: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(found, dict):
        raise _bad(path, f"it holds {type(found).__name__}; {_SHAPE}")
    try:
        return RuleLimits(placeholders=placeholder_values({str(name): _texts(path, found[name]) for name in found}))
    except ValueError as error:
        raise _bad(path, str(error)) from error


def _texts(path: Path, values: object) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(each, str | int | float) for each in values):
        raise _bad(path, _SHAPE)
    return tuple(map(str, values))


def _bad(path: Path, sentence: str) -> click.BadParameter:
    return click.BadParameter(f"{path}: {sentence}", param_hint="--placeholders")
