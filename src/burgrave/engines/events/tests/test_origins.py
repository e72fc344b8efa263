"""JSON of clouds and sensors: who wrote a record is told by its keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from burgrave.engines.events import Event, LogSource, read_events

TRAIL = {"eventVersion": "1.08", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "awsRegion": "x"}
AZURE = {"category": "AuditLogs", "operationName": "Add member", "resourceId": "/tenants/1"}
GOOGLE = {"logName": "x", "protoPayload": {"methodName": "v1.instances.delete", "serviceName": "compute"}}
KUBE = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "verb": "create",
    "auditID": "1",
    "objectRef": {"resource": "pods"},
}
EVE = {"timestamp": "2026-02-03T04:05:06+0000", "flow_id": 1, "event_type": "dns", "dns": {"rrname": "evil.example"}}
ZEEK = {
    "ts": 1770732936.5,
    "uid": "C1",
    "id.orig_h": "192.0.2.1",
    "query": "evil.example",
    "qclass": 1,
    "qtype_name": "TXT",
}


def read(path: Path, *records: Any) -> list[Event]:
    path.write_text("\n".join(json.dumps(record) for record in records))
    found = list(read_events(path))
    assert all(isinstance(each, Event) for each in found), found
    return [each for each in found if isinstance(each, Event)]


@pytest.mark.parametrize(
    ("record", "source", "fields"),
    [
        (TRAIL, LogSource("aws", "", "cloudtrail"), {"eventName": "CreateUser"}),
        (AZURE, LogSource("azure", "", "auditlogs"), {"operationName": "Add member"}),
        (AZURE | {"category": "SignInLogs"}, LogSource("azure", "", "signinlogs"), {}),
        (AZURE | {"category": "Other"}, LogSource("azure", "", ""), {}),
        (GOOGLE, LogSource("gcp", "", "gcp.audit"), {"gcp.audit.method_name": "v1.instances.delete"}),
        (
            {"logName": "x", "protoPayload": {"serviceName": "login.googleapis.com"}},
            LogSource("gcp", "", "google_workspace.login"),
            {},
        ),
        (KUBE, LogSource("kubernetes", "application", "audit"), {"objectRef.resource": "pods"}),
        (EVE, LogSource("suricata", "dns", "dns"), {"query": "evil.example"}),
        (ZEEK, LogSource("zeek", "dns", "dns"), {"record_type": "TXT"}),
        (ZEEK | {"_path": "weird"}, LogSource("zeek", "", "weird"), {}),
        ({"ts": 1, "uid": "C"}, LogSource("zeek"), {}),
        ({"CreationTime": "x", "Operation": "y", "RecordType": 1, "Workload": "z"}, LogSource("m365", "", "audit"), {}),
        ({"eventType": "x", "actor": {}, "outcome": {}, "published": "y"}, LogSource("okta", "", "okta"), {}),
        ({"action": "repo.destroy", "actor": "ada", "_document_id": "1"}, LogSource("github", "", "audit"), {}),
        ({"action": "other", "actor": "ada", "_document_id": "1"}, LogSource(), {}),
        ({"hostIdentifier": "h", "unixTime": 1, "name": "processes"}, LogSource("", "", "osquery"), {}),
        (KUBE | {"apiVersion": "v1"}, LogSource(), {}),
        ({"a": 1}, LogSource(), {}),
    ],
)
def test_the_keys_tell_who_wrote_a_record(
    tmp_path: Path, record: dict[str, Any], source: LogSource, fields: dict[str, str]
) -> None:
    (event,) = read(tmp_path / "x.jsonl", record)
    assert event.log_source == source
    assert fields.items() <= event.fields.items()


def test_what_the_caller_says_counts_more_and_fields_are_named_for_rules_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps(ZEEK))
    (event,) = read_events(tmp_path / "x.jsonl", log_source=LogSource(product="mine"))
    assert isinstance(event, Event)
    assert event.log_source == LogSource(product="mine")
    assert event.fields["record_type"] == "TXT"


def test_an_envelope_of_records_is_opened(tmp_path: Path) -> None:
    lines = ({"a": 1}, {"Records": [TRAIL, TRAIL]}, {"Records": [1], "more": 2})
    _, first, second, other = read(tmp_path / "x.json", *lines)
    assert (first.record_id, second.record_id) == ("2.1", "2.2")
    assert first.log_source.service == "cloudtrail"
    assert other.record_id == "3"
