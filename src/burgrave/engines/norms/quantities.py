"""Numbers with units, and how often something happens, out of a sentence."""

from __future__ import annotations

import re

from burgrave.engines.norms.terms import Language, Quantity
from burgrave.engines.norms.words import CADENCES, NUMBERS, PERIODS, QUANTITY, UNITS, YEAR

_HAN = re.compile(r"[\u3400-\u9fff]")
_TENS = re.compile(r"([一二两三四五六七八九])?十([一二三四五六七八九])?")


def quantities(sentence: str) -> tuple[Quantity, ...]:
    """Every number with a unit, in the order of the sentence."""
    if not sentence:
        return ()
    language = Language.CHINESE if _HAN.search(sentence) else Language.ENGLISH
    cadences = [found.span() for found in CADENCES[language].finditer(sentence)]
    return tuple(
        _quantity(found)
        for found in QUANTITY[language].finditer(sentence)
        if _is_counted(found) and not any(start < found.end() and found.start() < end for start, end in cadences)
    )


def cadence_days(sentence: str) -> float | None:
    """How many days lie between two times, by the first cadence that the sentence names; None without one."""
    for pattern in (CADENCES[Language.ENGLISH], CADENCES[Language.CHINESE]):
        if found := pattern.search(sentence):
            return _period(found)
    return None


def _is_counted(found: re.Match[str]) -> bool:
    """``within a day`` sets a limit; ``when a person leaves`` counts nothing."""
    return found["number"].lower() not in {"a", "an"} or bool(found["min"] or found["max"])


def _quantity(found: re.Match[str]) -> Quantity:
    named = found.groupdict()
    unit = (named["unit"] or named.get("percent") or "").lower()
    name, factor = UNITS[" ".join(unit.split())]
    after = (named["after"] or "").strip().lower()
    bound = "exact"
    if named["min"] or after in {"or more", "or longer", "以上"}:
        bound = "min"
    elif named["max"] or after in {"or less", "or fewer", "以内", "之内", "内", "前"}:
        bound = "max"
    return Quantity(number=number_of(named["number"]) * factor, unit=name, bound=bound, words=found[0].strip())


def number_of(words: str) -> float:
    """The number that digits or words name. Raises ValueError for a word that is no number."""
    said = words.lower()
    if said in NUMBERS:
        return float(NUMBERS[said])
    if tens := _TENS.fullmatch(said):
        return float(NUMBERS.get(tens[1] or "一", 1) * 10 + NUMBERS.get(tens[2] or "", 0))
    head, comma, tail = said.partition(",")
    return float(head + tail if comma and len(tail) == 3 else said.replace(",", "."))  # noqa: PLR2004 - thousands have three digits


def _period(found: re.Match[str]) -> float:
    named = found.groupdict()
    if adverb := named.get("adverb") or named.get("basis"):
        return PERIODS[adverb.lower().replace("semi-annually", "semiannually")]
    if per := named.get("per"):
        times = 2 if "twice" in found[0].lower() else _count(named.get("times"), fallback=1)
        return PERIODS[per.lower()] / times
    each = named["each"].lower()
    period = PERIODS.get(each) or PERIODS[each.removesuffix("s")]
    count = named.get("count")
    return YEAR / 2 if count == "半" and each == "年" else period * _count(count, fallback=1)


def _count(words: str | None, *, fallback: int) -> float:
    if not words:
        return fallback
    if words == "半":
        return 0.5
    if words == "other":
        return 2
    try:
        return number_of(words)
    except ValueError:
        return fallback
