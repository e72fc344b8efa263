"""Rule files in, rules and faults out: every document of every file becomes exactly one of the two."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigma.collection import SigmaCollection
from sigma.exceptions import (
    SigmaConditionError,
    SigmaDetectionError,
    SigmaError,
    SigmaLevelError,
    SigmaLogsourceError,
    SigmaModifierError,
    SigmaStatusError,
    SigmaValueError,
)
from sigma.rule import SigmaDetection, SigmaDetections, SigmaLogSource, SigmaRule

from burgrave.engines.detection.cache import Files, Outcome, keep, kept, key_of
from burgrave.engines.detection.correlation_terms import CorrelationRule
from burgrave.engines.detection.correlations import read_correlation
from burgrave.engines.detection.documents import Document, place_of, read_documents
from burgrave.engines.detection.errors import RuleRefused
from burgrave.engines.detection.expressions import Kind, Or, join, tests, translate
from burgrave.engines.detection.filters import applied, parse_filter, references
from burgrave.engines.detection.finding import found_files, read_files
from burgrave.engines.detection.logsources import is_unmapped
from burgrave.engines.detection.patterns import POLICY, BadPattern, compile_pattern
from burgrave.engines.detection.placeholders import fill, limits_for
from burgrave.engines.detection.resolving import resolved, silent_ids
from burgrave.engines.detection.terms import (
    CorrelationUse,
    Filter,
    FilterUse,
    LogSource,
    Rule,
    RuleFault,
    RuleLimits,
    RuleSet,
)

if TYPE_CHECKING:
    from burgrave.engines.detection.expressions import Node

_LIMITS = RuleLimits()
_WORD = re.compile(r"[\w*-]+", re.ASCII)
_SHAPE_ERRORS = (
    AttributeError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    RecursionError,
)  # hostile shapes in pySigma
_PLACES: tuple[tuple[type[SigmaError], tuple[str, ...]], ...] = (
    (SigmaLogsourceError, ("logsource",)),
    (SigmaConditionError, ("detection", "condition")),
    (SigmaLevelError, ("level",)),
    (SigmaStatusError, ("status",)),
    (SigmaDetectionError, ("detection",)),
    (SigmaModifierError, ("detection",)),
    (SigmaValueError, ("detection",)),
)
_ACTIONS = ("global", "reset", "repeat")
_NOT_HERE = {
    "filter": "filters are not applied here; write the exception into the rule itself",
    "correlation": "correlation rules are not run here: they speak of several events",
}


def load_rules(
    paths: Iterable[Path],
    *,
    limits: RuleLimits = _LIMITS,
    filters: FilterUse = FilterUse.REFUSED,
    correlations: CorrelationUse = CorrelationUse.REFUSED,
    kept_in: Path | None = None,
) -> RuleSet:
    """The rules of these files and of all .yml and .yaml files below these folders, each file once.

    Never raises for what a file holds: a rule that cannot be run is a RuleFault. Folders behind symbolic links are not
    entered. With ``kept_in``, a folder, the result is kept there and found again while files, limits and engine stay.
    """
    faults: list[RuleFault] = []
    read = read_files(found_files(paths, faults), limits, faults)
    return _rule_set(read, faults, limits=limits, filters=filters, correlations=correlations, kept_in=kept_in)


def load_texts(
    texts: Iterable[tuple[Path, bytes]],
    *,
    limits: RuleLimits = _LIMITS,
    filters: FilterUse = FilterUse.REFUSED,
    correlations: CorrelationUse = CorrelationUse.REFUSED,
    kept_in: Path | None = None,
) -> RuleSet:
    """The rules of these texts, each under the path that stands for it; otherwise as ``load_rules``."""
    read = sorted(texts, key=lambda each: str(each[0]))
    return _rule_set(read, [], limits=limits, filters=filters, correlations=correlations, kept_in=kept_in)


def join_filters(ruleset: RuleSet, filters: Iterable[Filter]) -> RuleSet:
    """The rules with these filters joined to them, and what is odd about the filters among the remarks."""
    found, remarks = applied(ruleset.rules, filters)
    unmapped = tuple(rule for rule in found if is_unmapped(rule.logsource))
    return replace(ruleset, rules=tuple(found), unmapped=unmapped, remarks=(*ruleset.remarks, *remarks))


def _rule_set(
    read: Files,
    faults: list[RuleFault],
    *,
    limits: RuleLimits,
    filters: FilterUse,
    correlations: CorrelationUse,
    kept_in: Path | None,
) -> RuleSet:
    kinds = _sorted_out(_outcomes(read, limits, kept_in), faults)
    if filters is FilterUse.REFUSED:
        faults.extend(map(_refused, kinds.filters))
        kinds.filters = []
    if correlations is CorrelationUse.REFUSED:
        faults.extend(map(_refused, kinds.correlations))
        kinds.correlations = []
    joined = kinds.filters if filters is FilterUse.APPLIED else []
    found, remarks = applied(kinds.rules, joined)
    unmapped = tuple(rule for rule in found if is_unmapped(rule.logsource))
    ruleset = RuleSet(
        rules=tuple(found),
        faults=tuple(sorted(faults, key=_by_place)),
        unmapped=unmapped,
        remarks=tuple(remarks),
        correlations=tuple(kinds.correlations),
        filters=() if joined else tuple(kinds.filters),
    )
    return ruleset if correlations is CorrelationUse.APART else join_correlations(ruleset, kinds.correlations)


def join_correlations(ruleset: RuleSet, correlations: Sequence[CorrelationRule]) -> RuleSet:
    """The rules with those of these correlations whose rules are all there; why the others are not run is a fault."""
    found, lost = resolved(ruleset.rules, correlations)
    faults = tuple(sorted([*ruleset.faults, *lost], key=_by_place))
    return replace(ruleset, correlations=tuple(found), silent=silent_ids(found), faults=faults)


def _by_place(fault: RuleFault) -> tuple[str, int]:
    return str(fault.path), fault.line


@dataclass(slots=True)
class _Kinds:
    """What the documents are, in their order, each id once."""

    rules: list[Rule] = field(default_factory=list)
    correlations: list[CorrelationRule] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)


def _sorted_out(outcomes: Iterable[Outcome], faults: list[RuleFault]) -> _Kinds:
    kinds = _Kinds()
    seen: dict[str, Rule | CorrelationRule] = {}
    for outcome in outcomes:
        if isinstance(outcome, RuleFault):
            faults.append(outcome)
        elif isinstance(outcome, Filter):
            kinds.filters.append(outcome)
        elif outcome.id in seen:
            faults.append(fault_of_twin(outcome, seen[outcome.id]))
        else:
            seen[outcome.id] = outcome
            if isinstance(outcome, Rule):
                kinds.rules.append(outcome)
            else:
                kinds.correlations.append(outcome)
    return kinds


def _refused(each: Filter | CorrelationRule) -> RuleFault:
    key = "filter" if isinstance(each, Filter) else "correlation"
    line, char = place_of(each.yaml, document=each.document, keys=(key,))
    return RuleFault(path=each.path, line=line, char=char, sentence=_NOT_HERE[key])


def _outcomes(read: Files, limits: RuleLimits, kept_in: Path | None) -> list[Outcome]:
    limits = limits_for(read, limits)
    if kept_in is None:
        return [outcome for path, data in read for outcome in _load_file(path, data, limits)]
    key = key_of(read, limits)
    found = kept(kept_in, key, read)
    if found is None:
        found = _outcomes(read, limits, None)
        keep(kept_in, key, read, found)
    return found


def _load_file(path: Path, data: bytes, limits: RuleLimits) -> Iterator[Outcome]:
    try:
        documents = read_documents(data, limits=limits)
    except RuleRefused as refusal:
        line, char = refusal.mark or (1, None)
        yield RuleFault(path=path, line=line, char=char, sentence=refusal.sentence)
        return
    speaking = [document for document in documents if not _is_silent(document)]
    if not speaking:
        yield RuleFault(path=path, line=1, char=None, sentence="the file holds no rule")
    for document in speaking:
        try:
            if "filter" in (document.body or {}):
                yield _filter(path, data, document, limits)
            elif "correlation" in (document.body or {}):
                yield read_correlation(path, data, document, limits)
            else:
                yield _rule(path, data, documents, document, limits)
        except RuleRefused as refusal:
            line, char = refusal.mark or _place(data, document, refusal.where)
            yield RuleFault(path=path, line=line, char=char, sentence=refusal.sentence)


def _is_silent(document: Document) -> bool:
    """Whether the document is empty or only changes what those after it say."""
    return document.body is None or document.body.get("action") in ("global", "reset")


def _place(data: bytes, document: Document, keys: tuple[str | int, ...]) -> tuple[int, int | None]:
    return place_of(data, document=document.number, keys=keys) if keys else (document.line, None)


def _rule(path: Path, data: bytes, documents: list[Document], document: Document, limits: RuleLimits) -> Rule:
    body = document.body or {}
    _refuse_other_kinds(body)
    parsed = _parse(documents, document, limits)
    expression = _expression(parsed.detection, limits)
    digest = hashlib.sha256(data).hexdigest()
    return Rule(
        id=str(parsed.id) if parsed.id else f"sha256:{digest}:{document.number}",
        title=parsed.title,
        level=parsed.level.name.lower() if parsed.level else "",
        status=parsed.status.name.lower() if parsed.status else "",
        author=parsed.author or "",
        license=parsed.license or "",
        description=parsed.description or "",
        tags=tuple(str(tag) for tag in parsed.tags),
        references=tuple(str(reference) for reference in parsed.references or ()),
        falsepositives=tuple(str(case) for case in parsed.falsepositives or ()),
        logsource=_logsource(parsed.logsource),
        name=parsed.name or "",
        path=path,
        line=document.line,
        document=document.number,
        sha256=digest,
        yaml=data,
        expression=expression,
    )


def _filter(path: Path, data: bytes, document: Document, limits: RuleLimits) -> Filter:
    body = document.body or {}
    inner = body["filter"]
    if not isinstance(inner, Mapping):
        raise RuleRefused("the filter is not a map of its parts", where=("filter",))
    try:
        _check_shape({"title": body.get("title", ""), "detection": inner}, limits)
        parsed = parse_filter(body)
        expression = _expression(parsed.filter, limits)
    except RuleRefused as refusal:
        raise RuleRefused(refusal.sentence, where=("filter",)) from refusal
    return Filter(
        title=parsed.title,
        rules=references(parsed),
        logsource=_logsource(parsed.logsource),
        path=path,
        line=document.line,
        document=document.number,
        yaml=data,
        expression=expression,
    )


def _logsource(parsed: SigmaLogSource) -> LogSource:
    return LogSource(product=parsed.product or "", category=parsed.category or "", service=parsed.service or "")


def _refuse_other_kinds(body: Mapping[str, Any]) -> None:
    action = body.get("action")
    if action is not None and action not in _ACTIONS:
        raise RuleRefused(f"the action {action!r} is not known; known are {', '.join(_ACTIONS)}", where=("action",))
    detection = body.get("detection")
    if isinstance(detection, Mapping) and "timeframe" in detection:
        raise RuleRefused(
            "a timeframe belongs to counting over several events; write a correlation of type event_count",
            where=("detection", "timeframe"),
        )


def _parse(documents: list[Document], document: Document, limits: RuleLimits) -> SigmaRule:
    """The rule as pySigma reads it, with the collection's global and repeated parts."""
    bodies = [each.body for each in documents[: document.number + 1]]
    collected = any(body and "action" in body for body in bodies)
    body = _collected(bodies) if collected else document.body or {}
    _check_shape(body, limits)
    try:
        rule = SigmaRule.from_dict(body, collect_errors=True, policy=POLICY)
    except SigmaError as refusal:
        raise RuleRefused(_sentence(refusal), where=_where(refusal, body)) from refusal
    except _SHAPE_ERRORS as refusal:
        raise RuleRefused(f"the rule is not shaped as Sigma asks: {refusal}") from refusal
    if rule.errors:
        raise RuleRefused("; ".join(map(_sentence, rule.errors)), where=_where(rule.errors[0], body))
    return rule


def _collected(bodies: list[dict[str, Any] | None]) -> dict[str, Any]:
    """The last body with all that the actions before it add to it, as pySigma merges them."""
    try:
        collection = SigmaCollection.from_dicts(
            copy.deepcopy(
                [body for body in bodies if body is not None and not {"correlation", "filter"} & body.keys()]
            ),
            collect_errors=True,
            collect_filters=True,
            resolve_references=False,
            policy=POLICY,
        )
        return dict(collection.rules[-1].to_dict())
    except SigmaError as refusal:
        raise RuleRefused(_sentence(refusal)) from refusal
    except _SHAPE_ERRORS as refusal:
        raise RuleRefused(f"the rule is not shaped as Sigma asks: {refusal}") from refusal


def _check_shape(body: Mapping[str, Any], limits: RuleLimits) -> None:
    """Refuse what would cost pySigma more than the limits before it sees it."""
    if not isinstance(body.get("title", ""), str):
        raise RuleRefused("the title is not text", where=("title",))
    detection = body.get("detection")
    if not isinstance(detection, Mapping):
        raise RuleRefused("the rule has no detection, or it is not a map", where=("detection",))
    conditions = detection.get("condition", [])
    listed = conditions if isinstance(conditions, list) else [conditions]
    if not all(isinstance(condition, str) for condition in listed):
        raise RuleRefused("the condition is not text", where=("detection", "condition"))
    text = " ".join(listed)
    if len(text) > limits.condition_chars or _nesting(text) > limits.condition_nesting:
        sentence = (
            f"the condition has more than {limits.condition_chars} characters or {limits.condition_nesting} levels"
        )
        raise RuleRefused(sentence, where=("detection", "condition"))
    if _size(detection, limits.tests) * max(1, len(_WORD.findall(text))) > limits.tests * 10:
        raise RuleRefused(
            "the condition names its selections too often for their size", where=("detection", "condition")
        )


def _nesting(condition: str) -> int:
    return condition.count("(") + len(re.findall(r"\bnot\b", condition))


def _size(value: object, limit: int) -> int:
    """How many values a detection holds once its aliases are written out; stops above the limit."""
    total = 0
    rest: list[object] = [value]
    while rest:
        each = rest.pop()
        total += 1
        if total > limit:
            raise RuleRefused(f"the detection has more than {limit} values", where=("detection",))
        if isinstance(each, Mapping):
            for key in each:
                if not isinstance(key, str):
                    raise RuleRefused(f"the key {key!r} of the detection is not text", where=("detection",))
            rest.extend(each.values())
        elif isinstance(each, list):
            rest.extend(each)
    return total


def _expression(detection: SigmaDetections, limits: RuleLimits) -> Node:
    fill(detection, limits.placeholders)
    try:
        parts = [translate(condition.parsed) for condition in detection.parsed_condition]
    except SigmaError as refusal:
        raise RuleRefused(_sentence(refusal), where=("detection", "condition")) from refusal
    except _SHAPE_ERRORS as refusal:
        raise RuleRefused(
            f"the condition is not shaped as Sigma asks: {refusal}", where=("detection", "condition")
        ) from (refusal)
    except RuleRefused as refusal:
        raise RuleRefused(refusal.sentence, where=refusal.where or ("detection",)) from refusal
    node = join(Or, parts)
    for count, (test, _) in enumerate(tests(node, positive=True), start=1):
        if count > limits.tests:
            raise RuleRefused(f"the rule has more than {limits.tests} tests", where=("detection",))
        if test.kind is Kind.REGEX:
            _check_pattern(test.operand[0], limits)
    return node


def _check_pattern(pattern: str, limits: RuleLimits) -> None:
    if len(pattern) > limits.regex_chars:
        raise RuleRefused(f"a regular expression has more than {limits.regex_chars} characters", where=("detection",))
    try:
        compile_pattern(pattern)
    except BadPattern as refusal:
        raise RuleRefused(
            f"RE2 does not take the regular expression {pattern!r}: {refusal}", where=("detection",)
        ) from (refusal)


def _sentence(error: SigmaError) -> str:
    """The error in pySigma's words, on one line, without its note of the place."""
    return " ".join(str(error.args[0] if error.args else error).split())


def _where(error: SigmaError, body: Mapping[str, Any]) -> tuple[str | int, ...]:
    where = next((keys for kind, keys in _PLACES if isinstance(error, kind)), ())
    detection = body.get("detection")
    if where == ("detection",) and isinstance(detection, Mapping):
        return ("detection", *_culprit(detection))
    return where


def _culprit(detection: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The keys below ``detection`` of the first selection, and of the first field in it, that pySigma refuses."""
    for name, selection in detection.items():
        if name == "condition" or _is_accepted(selection):
            continue
        if isinstance(selection, Mapping):
            for field_name, value in selection.items():
                if not _is_accepted({field_name: value}):
                    return name, field_name
        if isinstance(selection, list):
            for index, each in enumerate(selection):
                if not _is_accepted(each):
                    return name, index
        return (name,)
    return ()


def _is_accepted(selection: Any) -> bool:
    try:
        SigmaDetection.from_definition(selection, policy=POLICY)
    except (SigmaError, *_SHAPE_ERRORS):
        return False
    return True


def fault_of_twin(rule: Rule | CorrelationRule, first: Rule | CorrelationRule) -> RuleFault:
    sentence = f"the rule id {rule.id} is already that of {first.path}:{first.line}; give one of them another id"
    return RuleFault(path=rule.path, line=rule.line, char=None, sentence=sentence)
