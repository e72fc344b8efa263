"""Results as one STIX 2.1 bundle: each rule an indicator, each finding a sighting of it, each event observed data.

Identifiers are made from what they name, so the same events and rules give the same bundle. An artifact's follows from
its bytes as the standard says (2.9); those of other objects are of a namespace of Burgrave's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import yaml

from burgrave.cli.detecting.tally import CorrelatedFinding, Finding, tactics_of
from burgrave.engines.canonical import canonical_json

if TYPE_CHECKING:
    from typing import TextIO

    from burgrave.cli.detecting.tally import Result
    from burgrave.engines.detection import CorrelationRule, Rule

_OBSERVABLES: Final = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1, 2.9
_OURS: Final = uuid.UUID("6d0a1f0e-4c56-5b0e-9a51-6b9d3b1c2f77")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Object = dict[str, Any]


class StixWriter:
    """Writes objects as they come up, each once; the bundle's own id stands behind them."""

    def __init__(self, stream: TextIO, *, limit: int) -> None:
        self._stream = stream
        self._left = limit or -1
        self._written: set[str] = set()
        self._digest = hashlib.sha256()
        stream.write('{"type":"bundle","objects":[')

    def write(self, finding: Result) -> None:
        if not self._left:
            return
        self._left -= 1
        indicator = self._indicator(finding.rule)
        sighting: Object = {
            "sighting_of_ref": indicator,
            "summary": False,
            "count": finding.found.event_count if isinstance(finding, CorrelatedFinding) else 1,
        }
        if finding.at is not None:
            began = finding.found.began_at if isinstance(finding, CorrelatedFinding) else finding.at
            sighting |= {"first_seen": _moment(began), "last_seen": _moment(finding.at)}
        if finding.computer:
            sighting["where_sighted_refs"] = [self._identity(finding.computer, "system")]
        if isinstance(finding, Finding):
            sighting["observed_data_refs"] = [self._observed(finding)]
        else:
            sighting["description"] = ", ".join(f"{name}: {text}" for name, text in finding.fields.items()) or "all"
        seen = sighting.get("observed_data_refs", [])
        self._put("sighting", _created(sighting, finding.at), *seen, *map(str, finding.fields.items()))

    def close(self) -> None:
        """The bundle is whole."""
        self._stream.write(f'],"id":"bundle--{uuid.uuid5(_OURS, self._digest.hexdigest())}"}}\n')

    def _indicator(self, rule: Rule | CorrelationRule) -> str:
        written, modified = _days(rule)
        indicator: Object = {
            "name": rule.title,
            "pattern": rule.yaml.decode("utf-8-sig"),
            "pattern_type": "sigma",
            "valid_from": written,
            "created": written,
            "modified": modified,
            "indicator_types": ["anomalous-activity"],
        }
        if rule.description:
            indicator["description"] = rule.description
        if rule.author:
            indicator["created_by_ref"] = self._identity(rule.author, "unknown")
        phases = [{"kill_chain_name": "mitre-attack", "phase_name": tactic} for tactic in tactics_of(rule)]
        if phases:
            indicator["kill_chain_phases"] = phases
        references = [{"source_name": "Sigma", "external_id": rule.id}]
        references += [{"source_name": "reference", "url": each} for each in rule.references]
        indicator["external_references"] = references
        return self._put("indicator", indicator, rule.id, rule.sha256)

    def _observed(self, finding: Finding) -> str:
        raw = finding.event.raw
        data = raw if isinstance(raw, bytes) else raw.encode("utf-8", "backslashreplace")
        names: Object = {
            "hashes": {"SHA-256": hashlib.sha256(data).hexdigest()},
            "payload_bin": base64.b64encode(data).decode(),
        }
        identity = uuid.uuid5(_OBSERVABLES, canonical_json(names).decode())
        artifact = f"artifact--{identity}"
        self._out({"type": "artifact", "spec_version": "2.1", "id": artifact, **names})
        at = _moment(finding.at or _EPOCH)
        observed = {"first_observed": at, "last_observed": at, "number_observed": 1, "object_refs": [artifact]}
        return self._put("observed-data", _created(observed, finding.at), finding.file, finding.record_id, artifact)

    def _identity(self, name: str, kind: str) -> str:
        return self._put("identity", _created({"name": name, "identity_class": kind}, None), name, kind)

    def _put(self, kind: str, properties: Object, *names: str) -> str:
        """The object is written, named by its kind, what it refers to and the names."""
        said = [kind, properties.get("sighting_of_ref", ""), properties.get("last_seen", ""), *names]
        identity = f"{kind}--{uuid.uuid5(_OURS, json.dumps(said))}"
        self._out({"type": kind, "spec_version": "2.1", "id": identity, **properties})
        return identity

    def _out(self, said: Object) -> None:
        if said["id"] in self._written:
            return
        self._stream.write(("," if self._written else "") + "\n" + json.dumps(said))
        self._written.add(said["id"])
        self._digest.update(said["id"].encode())


def _created(properties: Object, at: datetime | None) -> Object:
    moment = _moment(at or _EPOCH)
    return {"created": moment, "modified": moment, **properties}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _days(rule: Rule | CorrelationRule) -> tuple[str, str]:
    """The days on which the rule says that it was written and changed; 1970 when it says nothing."""
    body = list(yaml.load_all(rule.yaml.decode("utf-8-sig"), Loader=yaml.CSafeLoader))[rule.document]
    written = _day(body.get("date")) or _EPOCH
    return _moment(written), _moment(max(written, _day(body.get("modified")) or written))


def _day(stated: object) -> datetime | None:
    """Sigma writes 2024-05-01, and before 2.0 wrote 2024/05/01."""
    if isinstance(stated, str):
        try:
            stated = date.fromisoformat(stated.replace("/", "-"))
        except ValueError:
            return None
    if isinstance(stated, datetime):
        stated = stated.date()
    return datetime.combine(stated, time(), UTC) if isinstance(stated, date) else None
