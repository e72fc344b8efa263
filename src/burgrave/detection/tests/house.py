"""What the tests of this domain build again and again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid5

from burgrave.detection import commands, models
from burgrave.detection.rules.archives import opened
from burgrave.detection.terms import Act
from burgrave.imports.terms import Outcome
from burgrave.web.terms import Actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SPACE = UUID("5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a52")


def rule_id(title: str) -> str:
    return str(uuid5(SPACE, title))


def rule_text(title: str, *, image: str = "evil.exe", level: str = "high", author: str = "Ada Author") -> str:
    """A rule about processes; the same title gives the same id."""
    return (
        f"title: {title}\nid: {rule_id(title)}\nstatus: test\nlevel: {level}\nauthor: {author}\nlicense: DRL-1.1\n"
        "description: Looks for it.\ntags: [attack.execution, attack.t1059.001]\n"
        "logsource:\n  product: windows\n  category: process_creation\n"
        f"detection:\n  sel:\n    Image|endswith: '\\{image}'\n  condition: sel\n"
    )


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def quiet(_done: int, _total: int) -> None:
    """Nobody listens."""


def imported(
    files: Mapping[str, str | bytes], *, actor: Actor, now: datetime = NOON, name: str = "rules.zip"
) -> Outcome:
    arrived = commands.loaded(opened(zipped(files), name=name), name=name, tell=quiet)
    return commands.import_rules(arrived, actor=actor, now=now)


def brought(*titles: str, actor: Actor) -> list[UUID]:
    """Rules that wait, one a title."""
    return list(imported({f"{title}.yml": rule_text(title) for title in titles}, actor=actor).new)


def enabled(*titles: str, by: Actor, approver: Actor) -> list[UUID]:
    ids = brought(*titles, actor=by)
    commands.decide(ids, Act.APPROVE, Act.ENABLE, actor=approver, now=NOON)
    return ids


def version_of(library_rule_id: UUID) -> int:
    return models.Rule.objects.values_list("version", flat=True).get(pk=library_rule_id)
