"""`burgrave people`: who may do what, from a script."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from burgrave.cli.importing import import_people
from burgrave.cli.ledger import Refusing
from burgrave.site import boot
from burgrave.web.terms import system_actor

if TYPE_CHECKING:
    from burgrave.people.terms.explanations import Reason

MOST = 100


@click.group(cls=Refusing)
def people() -> None:
    """Ask about people and their access from a script."""


@people.command()
@click.argument("permission")
@click.option("--person", "email", default="", help="E-mail address; without one, everybody who may is listed.")
@click.option("--unit", default="", help="Identifier or name of the unit; without one, the whole organisation.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def explain(permission: str, *, email: str, unit: str, as_json: bool) -> None:
    """Say whether a person may use PERMISSION (such as incidents.close) in a unit, and why.

    Exit code 0 when the person may (or somebody may, without --person), 1 when not.
    """
    boot.boot()

    from burgrave.people import queries

    actor, now = system_actor(), datetime.now(UTC)
    where = queries.unit_named(unit)
    if not email:
        page = queries.who_may(permission, where.unit_id, number=1, size=MOST, actor=actor, now=now)
        rows = [
            {"name": row.name, "email": row.email, "because": [_shown(each) for each in row.because]}
            for row in page.rows
        ]
        found = {"permission": permission, "unit": where.name, "total": page.total, "holders": rows}
        lines = [f"{row.name} <{row.email}>: {'; '.join(_line(each) for each in row.because)}" for row in page.rows]
        _print(found, lines or ["nobody may"], as_json=as_json)
        sys.exit(0 if page.total else 1)
    person_id = queries.person_id_by_email(email, actor=actor)
    answer = queries.explain(person_id, permission, where.unit_id, actor=actor, now=now)
    explanation = answer.explanation
    lines = [f"{answer.person_name} {'may' if explanation.allowed else 'may not'}: {permission} in {where.name}"]
    lines += [f"  because of {_line(each)}" for each in explanation.because]
    if not explanation.is_active:
        lines.append("  the person is deactivated")
    lines += [f"  not by {_line(each)}: {', '.join(each.lacks)}" for each in explanation.nearest]
    found = {
        "person": answer.person_name,
        "permission": permission,
        "unit": where.name,
        "allowed": explanation.allowed,
        "is_active": explanation.is_active,
        "because": [_shown(each) for each in explanation.because],
        "nearest": [_shown(each) for each in explanation.nearest],
    }
    _print(found, lines, as_json=as_json)
    sys.exit(0 if explanation.allowed else 1)


@people.command("reset-factors")
@click.argument("email")
@click.option("--reason", required=True, help="Why; it is kept in the ledger, sealed.")
def reset_factors(email: str, *, reason: str) -> None:
    """Take every second factor of a person away, and sign them out everywhere.

    For the administrator who lost phone and codes, and whom nobody else can help: whoever may run this stands on the
    machine. Make sure first that it is really they who ask.
    """
    boot.boot()

    from burgrave.people import commands, queries

    actor = system_actor()
    person_id = queries.person_id_by_email(email, actor=actor)
    count = commands.reset_factors(person_id, reason=reason, actor=actor, now=datetime.now(UTC))
    click.echo(f"{count} factors of {email} are taken away; they are signed out everywhere.")


def _line(reason: Reason) -> str:
    claim = reason.claim
    lent = f", lent by {claim.lent.delegator_name}" if claim.lent else ""
    until = f", until {claim.ends_at.isoformat()}" if claim.ends_at else ""
    return f"{claim.role_name} in {claim.unit_name}{lent}{until}"


def _shown(reason: Reason) -> dict[str, object]:
    claim = reason.claim
    return {
        "role": claim.role,
        "unit": claim.unit_name,
        "lent_by": claim.lent.delegator_name if claim.lent else None,
        "ends_at": claim.ends_at.isoformat() if claim.ends_at else None,
        "lacks": list(reason.lacks),
    }


def _print(found: dict[str, object], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            click.echo(line)


people.add_command(import_people)
