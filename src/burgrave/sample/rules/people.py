"""Who works at the company: those whom the content names, and as many others as their units need."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from burgrave.sample.rules import content
from burgrave.sample.terms import Tongue

DOMAIN = "fennmark.example"
ZONES = {"de": "Europe/Berlin", "cn": "Asia/Shanghai"}
EMPLOYEE = "employee"
CHINESE_ABROAD = 0.06
"""The share of those with a name of the other country in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPlan:
    """``roles`` are role, key of the unit, days until the end (0: none). ``login`` is their account in events."""

    key: str
    name: str
    login: str
    email: str
    unit: str
    joined_days_ago: int
    time_zone: str
    roles: tuple[tuple[str, str, int], ...]


def people(tongue: Tongue, *, seed: int, copy: int = 0) -> tuple[PersonPlan, ...]:
    """Everybody, the named ones first. ``copy`` counts the companies of a large sample."""
    chance = random.Random(f"people {seed} {copy}")  # noqa: S311 - variety, not secrecy
    return tuple(_with_logins(_everybody(tongue, chance), copy=copy, chance=chance))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Somebody:
    key: str
    shown: str
    latin: str
    unit: str
    country: str
    domain: str = ""
    roles: tuple[tuple[str, str, int], ...] = ()


def _everybody(tongue: Tongue, chance: random.Random) -> Iterator[_Somebody]:
    countries = {unit.key: unit.country for unit in content.units()}
    for line in content.people():
        yield _Somebody(
            key=line.key,
            shown=line.name.said(tongue),
            latin=_given_first(line.name.en, is_chinese=line.name.en != line.name.zh),
            unit=line.unit,
            country=countries[line.unit],
            domain=line.domain,
            roles=line.roles,
        )
    for unit in content.units():
        for place in range(unit.people):
            shown, latin = _name(tongue, chance, country=unit.country)
            yield _Somebody(key=f"{unit.key}-{place}", shown=shown, latin=latin, unit=unit.key, country=unit.country)


def _name(tongue: Tongue, chance: random.Random, *, country: str) -> tuple[str, str]:
    """The name as it is shown, and given name before family name in Latin letters."""
    lists = content.names()
    is_chinese = (country == "cn") != (chance.random() < CHINESE_ABROAD)
    if not is_chinese:
        latin = f"{chance.choice(lists.given)} {chance.choice(lists.family)}"
        return latin, latin
    given, family = chance.choice(lists.chinese_given), chance.choice(lists.chinese_family)
    shown = family[1] + given[1] if tongue is Tongue.CHINESE else f"{family[0]} {given[0]}"
    return shown, f"{given[0]} {family[0]}"


def _given_first(latin: str, *, is_chinese: bool) -> str:
    family, _space, given = latin.partition(" ")
    return f"{given} {family}" if is_chinese else latin


def _with_logins(everybody: Iterator[_Somebody], *, copy: int, chance: random.Random) -> Iterator[PersonPlan]:
    taken: dict[str, int] = {}
    for each in everybody:
        given, _space, family = _plain(each.latin).partition(" ")
        login = f"{given[0]}.{family.replace(' ', '')}"
        taken[login] = taken.get(login, 0) + 1
        login += str(taken[login]) if taken[login] > 1 else ""
        domain = each.domain or DOMAIN
        yield PersonPlan(
            key=each.key,
            name=each.shown,
            login=login,
            email=f"{login}@{f'c{copy:03d}.' if copy else ''}{domain}",
            unit=each.unit,
            joined_days_ago=chance.randint(20, 3_200),
            time_zone=ZONES[each.country],
            roles=(*each.roles, (EMPLOYEE, each.unit, 0)) if not each.domain else each.roles,
        )


def _plain(name: str) -> str:
    """The name in small letters without marks."""
    spelled = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    return "".join(each for each in spelled if each.isascii() and (each.isalpha() or each == " "))
