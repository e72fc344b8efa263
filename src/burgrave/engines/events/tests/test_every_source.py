"""Each kind of log that is read meets a rule of its log source, as SigmaHQ names it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from burgrave.cli.listening.journal import line_of
from burgrave.engines.detection import compile_rules, load_rules
from burgrave.engines.events import Event, Unreadable, batches, read_events
from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.sources import source_of
from burgrave.engines.events.terms import Limits
from burgrave.engines.events.texts import Context, zeek

SYSMON_XML = (
    '<Event><System><Provider Name="Linux-Sysmon"/><EventID>1</EventID><Channel>Linux-Sysmon/Operational</Channel>'
    '<TimeCreated SystemTime="2026-11-01T10:00:00.0Z"/><Computer>web</Computer></System><EventData>'
    '<Data Name="Image">/usr/bin/nc</Data><Data Name="CommandLine">nc -e /bin/sh</Data></EventData></Event>'
)
ZEEK = """\
#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tdns
#open\t2026-11-01-10-00-00
#fields\tts\tuid\tid.orig_h\tquery\tqtype_name\tanswers\tnote
#types\ttime\tstring\taddr\tstring\tstring\tvector[string]\tstring
1793527200.5\tC1\t192.0.2.1\tevil.example\\x09x\tTXT\ta,b\t(empty)
1793527201.5\tC2\t192.0.2.1\t-\t-\t-\t-
short\tline
#close\t2026-11-01-11-00-00
"""
JOURNAL = line_of({"_HOSTNAME": "web", "SYSLOG_IDENTIFIER": "sshd", "MESSAGE": "Accepted password for root"}).decode()
WINDOWS = {"Image": "C:\\x\\whoami.exe", "CommandLine": "whoami /all"}


def record(**fields: Any) -> str:
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("log", "logsource", "selection"),
    [
        (
            'type=EXECVE msg=audit(1793527200.123:7): argc=2 a0="nc" a1="-e"',
            "{product: linux, service: auditd}",
            "{type: EXECVE, a0: nc}",
        ),
        (
            f"Nov  1 10:00:00 web sysmon: {SYSMON_XML}",
            "{product: linux, category: process_creation}",
            "{Image|endswith: /nc}",
        ),
        (
            "#Fields: date time cs-method cs-uri-stem cs-uri-query sc-status\n2026-11-01 10:00:00 GET /a id=1 200",
            "{category: webserver}",
            "{cs-uri-query|contains: id=1}",
        ),
        (
            '192.0.2.1 - - [01/Nov/2026:10:00:00 +0000] "GET /?x=${jndi:} HTTP/1.1" 200 12 "-" "curl"',
            "{category: webserver}",
            "{cs-uri-query|contains: 'jndi:'}",
        ),
        (
            record(eventVersion="1", eventSource="iam.amazonaws.com", eventName="CreateUser", awsRegion="x"),
            "{product: aws, service: cloudtrail}",
            "{eventName: CreateUser}",
        ),
        (
            record(
                category="SignInLogs", operationName="Sign-in activity", resourceId="/t", properties={"status": "x"}
            ),
            "{product: azure, service: signinlogs}",
            "{properties.status: x}",
        ),
        (
            record(category="AuditLogs", operationName="Add member", resourceId="/t"),
            "{product: azure, service: auditlogs}",
            "{operationName: Add member}",
        ),
        (
            record(CreationTime="2026-11-01T10:00:00", Operation="New-InboxRule", RecordType=1, Workload="Exchange"),
            "{product: m365, service: audit}",
            "{Operation: New-InboxRule}",
        ),
        (
            record(
                eventType="user.mfa.factor.deactivate", actor={"id": "1"}, outcome={}, published="2026-11-01T10:00:00Z"
            ),
            "{product: okta, service: okta}",
            "{eventType: user.mfa.factor.deactivate}",
        ),
        (
            record(logName="x", protoPayload={"methodName": "v1.x.delete", "serviceName": "compute"}),
            "{product: gcp, service: gcp.audit}",
            "{gcp.audit.method_name|endswith: .delete}",
        ),
        (
            record(action="repo.destroy", actor="ada", _document_id="1"),
            "{product: github, service: audit}",
            "{action: repo.destroy}",
        ),
        (
            record(
                kind="Event", apiVersion="audit.k8s.io/v1", verb="create", auditID="1", objectRef={"resource": "pods"}
            ),
            "{product: kubernetes, service: audit}",
            "{verb: create, objectRef.resource: pods}",
        ),
        (
            record(hostIdentifier="h", unixTime=1, name="processes", columns={"path": "/tmp/x"}),
            "{service: osquery}",
            "{columns.path: /tmp/x}",
        ),
        (
            record(timestamp="2026-11-01T10:00:00+0000", flow_id=1, event_type="dns", dns={"rrname": "evil.example"}),
            "{category: dns}",
            "{query: evil.example}",
        ),
        (
            record(ts=1, uid="C", query="evil.example", qclass=1, qtype_name="TXT"),
            "{product: zeek, service: dns}",
            "{query: evil.example}",
        ),
        (ZEEK, "{product: zeek, service: dns}", "{query|startswith: evil.example, answers|contains: b}"),
        (
            record(
                EventID=1,
                Channel="Microsoft-Windows-Sysmon/Operational",
                SourceName="Microsoft-Windows-Sysmon",
                Hostname="WS",
                **WINDOWS,
            ),
            "{product: windows, category: process_creation}",
            "{Image|endswith: whoami.exe}",
        ),
        (
            record(
                winlog={
                    "channel": "Microsoft-Windows-Sysmon/Operational",
                    "event_id": 1,
                    "provider_name": "Microsoft-Windows-Sysmon",
                    "event_data": WINDOWS,
                }
            ),
            "{product: windows, category: process_creation}",
            "{Image|endswith: whoami.exe}",
        ),
        (JOURNAL, "{product: linux, service: sshd}", "['Accepted password']"),
    ],
    ids=[
        "auditd",
        "Sysmon for Linux",
        "W3C",
        "combined",
        "CloudTrail",
        "Entra sign-in",
        "Entra audit",
        "M365",
        "Okta",
        "GCP",
        "GitHub",
        "Kubernetes",
        "osquery",
        "Suricata",
        "Zeek JSON",
        "Zeek tabs",
        "NXLog",
        "Winlogbeat",
        "journal",
    ],
)
def test_a_log_meets_the_rules_of_its_source(tmp_path: Path, log: str, logsource: str, selection: str) -> None:
    (tmp_path / "rule.yml").write_text(
        f"title: T\nid: 0f2f6c0e-4d0e-4c53-8f35-7f0a0a4f0a12\nstatus: test\nlevel: low\nlogsource: {logsource}\n"
        f"detection:\n  selection: {selection}\n  condition: selection\n"
    )
    (tmp_path / "x.log").write_text(log, encoding="utf-8")
    engine = compile_rules(load_rules([tmp_path / "rule.yml"]))
    found = read_events(tmp_path / "x.log", received_at=datetime(2026, 11, 2, tzinfo=UTC))
    events = [each for each in found if isinstance(each, Event)]
    hits = [match for batch in batches(events) for match in engine.match(batch.table, source=source_of(batch))]
    assert len(hits) == 1


def test_a_zeek_log_is_read_by_its_head(tmp_path: Path) -> None:
    (tmp_path / "dns.log").write_text(ZEEK, encoding="utf-8")
    first, second, bad = read_events(tmp_path / "dns.log")
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert first.at == datetime(2026, 11, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert (first.fields["query"], first.fields["answers"], first.fields["note"]) == ("evil.example\tx", "a\nb", "")
    assert (first.fields["record_type"], second.fields["query"]) == ("TXT", None)
    assert isinstance(bad, Unreadable)
    assert bad.reason == "it has 2 values, and #fields names 7"


@pytest.mark.parametrize(
    ("line", "words"), [("#odd\tx", "no line of the head"), ("#path\tx", "no line of the head"), ("1\tx", "no #fields")]
)
def test_a_line_that_fits_no_head_is_refused(line: str, words: str) -> None:
    parse = zeek.begin(Context(limits=Limits()))
    if "odd" in line:
        parse("#separator \\x09")
    with pytest.raises(RecordRefused, match=words):
        parse(line)
