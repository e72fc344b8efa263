from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from burgrave.engines.detection import EventSource, LogSource, RuleSet, compile_rules
from burgrave.engines.detection.logsources import WINDOWS_CATEGORIES, WINDOWS_SERVICES, is_unmapped, target_of, targets
from burgrave.engines.detection.oracle import naive_fields
from burgrave.engines.detection.views import AUDIT_PROCESS, PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

SYSMON = "Microsoft-Windows-Sysmon/Operational"


@pytest.mark.parametrize(
    ("logsource", "source"),
    [
        (LogSource(product="windows", category="process_creation"), EventSource(channel=SYSMON, event_id="1")),
        (LogSource(product="Windows", category="Process_Creation"), EventSource(channel=SYSMON.upper(), event_id="1")),
        (LogSource(product="windows", category="process_creation"), EventSource(channel="security", event_id="4688")),
        (LogSource(category="process_creation"), EventSource(channel=SYSMON, event_id="1")),
        (LogSource(product="windows", service="security"), EventSource(channel="SECURITY", event_id="4624")),
        (LogSource(service="sysmon"), EventSource(channel=SYSMON, event_id="255")),
        (LogSource(product="windows"), EventSource(channel="Any", event_id="1")),
        (LogSource(product="windows"), EventSource(channel="Any", event_id="1", product="windows")),
        (
            LogSource(product="windows", category="process_creation", service="sysmon"),
            EventSource(channel=SYSMON, event_id="1"),
        ),
        (
            LogSource(product="linux", category="process_creation"),
            EventSource(channel="Linux-Sysmon/Operational", event_id="1"),
        ),
        (LogSource(product="linux", service="auditd"), EventSource(product="Linux", service="AUDITD")),
        (LogSource(product="linux", service="auth"), EventSource(product="linux", service="sshd")),
        (LogSource(product="linux", service="syslog"), EventSource(product="linux", service="cron")),
        (LogSource(service="syslog"), EventSource(product="linux", service="auth")),
        (LogSource(category="webserver"), EventSource(product="apache", category="webserver")),
        (
            LogSource(product="aws", service="cloudtrail"),
            EventSource(product="aws", service="cloudtrail", category="x"),
        ),
        (LogSource(product="windows", category="file_access"), EventSource(product="windows", category="file_access")),
    ],
)
def test_a_log_source_covers(logsource: LogSource, source: EventSource) -> None:
    assert target_of(logsource, source) is not None


@pytest.mark.parametrize(
    ("logsource", "source"),
    [
        (LogSource(product="windows", category="process_creation"), EventSource(channel=SYSMON, event_id="3")),
        (LogSource(product="windows", category="process_creation"), EventSource(channel="System", event_id="1")),
        (LogSource(product="linux", category="process_creation"), EventSource(channel=SYSMON, event_id="1")),
        (
            LogSource(product="windows", category="process_creation"),
            EventSource(channel="Linux-Sysmon/Operational", event_id="1"),
        ),
        (LogSource(product="windows", category="file_access"), EventSource(channel=SYSMON, event_id="1")),
        (LogSource(product="windows", service="unheard-of"), EventSource(channel="unheard-of", event_id="1")),
        (
            LogSource(product="windows", category="process_creation", service="security"),
            EventSource(channel=SYSMON, event_id="1"),
        ),
        (LogSource(product="windows"), EventSource(product="linux", service="syslog")),
        (LogSource(product="windows"), EventSource(channel="journal", product="linux")),
        (LogSource(category="webserver"), EventSource(product="apache")),
        (LogSource(product="aws", service="cloudtrail"), EventSource(product="aws")),
        (LogSource(product="linux", service="sshd"), EventSource(product="linux", service="auditd")),
        (LogSource(product="linux", service="sshd"), EventSource(product="linux", service="auth")),
        (LogSource(product="linux", service="syslog"), EventSource(product="linux", service="auditd")),
        (LogSource(product="macos", service="auth"), EventSource(product="linux", service="sshd")),
        (LogSource(category="webserver", service="auth"), EventSource(product="linux", service="sshd")),
    ],
)
def test_a_log_source_does_not_cover(logsource: LogSource, source: EventSource) -> None:
    assert target_of(logsource, source) is None


def test_every_mapped_category_and_service_has_a_channel() -> None:
    for category in WINDOWS_CATEGORIES:
        assert targets(LogSource(product="windows", category=category))
    for service in WINDOWS_SERVICES:
        assert targets(LogSource(product="windows", service=service))


def test_windows_rules_that_no_channel_feeds_are_told(load: Callable[..., RuleSet]) -> None:
    ruleset = load(
        *(
            f"title: T\nlogsource: {{{logsource}}}\ndetection: {{s: {{A: b{n}}}, condition: s}}\n"
            for n, logsource in enumerate(
                ("product: windows, category: file_access", "product: linux, service: x", "product: windows")
            )
        )
    )
    assert [rule.path.name for rule in ruleset.unmapped] == ["0.yml"]
    assert len(ruleset.rules) == 3
    assert not is_unmapped(LogSource(product="windows"))


def ask(load: Callable[..., RuleSet], category: str, detection: str, event: dict[str, str], event_id: str) -> Any:
    """The matched fields, or None; the oracle must say the same."""
    ruleset = load(
        f"title: T\nlogsource: {{product: windows, category: {category}}}\n"
        f"detection: {{s: {detection}, condition: s}}\n"
    )
    source = EventSource(channel="Security", event_id=event_id)
    table = pa.table({name: pa.array([value]) for name, value in event.items()})
    found = compile_rules(ruleset).match(table, source=source)
    answer = found[0].fields if found else None
    assert answer == naive_fields(ruleset.rules[0], event, source=source)
    return answer


AUDITED = {
    "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
    "ParentProcessName": "C:\\Windows\\explorer.exe",
    "NewProcessId": "0x1f4",
    "ProcessId": "0x64",
    "CommandLine": "cmd /c whoami",
    "SubjectUserSid": "S-1-5-21-1-2-3-1001",
    "SubjectUserName": "bob",
    "SubjectDomainName": "CORP",
    "SubjectLogonId": "0x3e7",
    "MandatoryLabel": "S-1-16-12288",
}


@pytest.mark.parametrize(
    ("detection", "fields"),
    [
        ("{Image|endswith: cmd.exe}", {"NewProcessName": AUDITED["NewProcessName"]}),
        ("{ParentImage|endswith: explorer.exe}", {"ParentProcessName": AUDITED["ParentProcessName"]}),
        ("{ProcessId: '0x1f4'}", {"NewProcessId": "0x1f4"}),
        ("{ParentProcessId: '0x64'}", {"ProcessId": "0x64"}),
        ("{LogonId: '0x3e7'}", {"SubjectLogonId": "0x3e7"}),
        ("{CommandLine|contains: whoami}", {"CommandLine": "cmd /c whoami"}),
        ("{NewProcessName|endswith: cmd.exe}", {"NewProcessName": AUDITED["NewProcessName"]}),
        ("{IntegrityLevel: High}", {"MandatoryLabel": "S-1-16-12288"}),
        (
            "{User: 'corp\\bob'}",
            {"SubjectDomainName": "CORP", "SubjectUserName": "bob", "SubjectUserSid": "S-1-5-21-1-2-3-1001"},
        ),
        ("{OriginalFileName: null}", {}),
        ("{Image|fieldref: NewProcessName}", {"NewProcessName": AUDITED["NewProcessName"]}),
        ("{User|fieldref|endswith: SubjectUserName}", None),
        ("{OriginalFileName: cmd.exe}", None),
        ("{Image|endswith: explorer.exe}", None),
    ],
)
def test_process_creation_of_the_security_log_answers_to_the_names_of_sysmon(
    load: Callable[..., RuleSet], detection: str, fields: dict[str, str] | None
) -> None:
    if "SubjectUserName" in detection:
        fields = {name: AUDITED[name] for name in ("SubjectDomainName", "SubjectUserName", "SubjectUserSid")}
    assert ask(load, "process_creation", detection, AUDITED, "4688") == fields


def test_the_local_system_is_called_as_sysmon_calls_it(load: Callable[..., RuleSet]) -> None:
    event = {"SubjectUserSid": "S-1-5-18", "SubjectUserName": "HOST$", "SubjectDomainName": "CORP"}
    assert ask(load, "process_creation", "{User: 'NT AUTHORITY\\SYSTEM'}", event, "4688") == event
    assert ask(load, "process_creation", "{User: 'HOST$'}", {"SubjectUserName": "HOST$"}, "4688") is not None
    target = {**event, "TargetUserName": "bob", "TargetDomainName": "CORP"}
    assert ask(load, "process_creation", "{User: 'CORP\\bob'}", target, "4688") == target
    nobody = {**event, "TargetUserName": "-", "TargetDomainName": "-"}
    assert ask(load, "process_creation", "{User: 'NT AUTHORITY\\SYSTEM'}", nobody, "4688") == nobody
    alone = {"TargetUserName": "bob", "TargetDomainName": "-"}
    assert ask(load, "process_creation", "{User: bob}", alone, "4688") == alone
    assert ask(load, "process_creation", "{User: null}", {"A": "b"}, "4688") == {}


REGISTRY = {
    "ObjectName": "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\x",
    "ObjectValueName": "ImagePath",
    "NewValue": "evil.exe",
    "OperationType": "%%1905",
    "ProcessName": "C:\\a.exe",
}


@pytest.mark.parametrize(
    ("category", "detection", "operation", "holds"),
    [
        ("registry_set", "{TargetObject: 'HKLM\\System\\CurrentControlSet\\Services\\x\\ImagePath'}", "%%1905", True),
        ("registry_set", "{TargetObject|endswith: '\\x\\ImagePath', EventType: SetValue}", "%%1904", True),
        ("registry_set", "{Details: evil.exe, Image: 'c:\\a.exe'}", "Existing registry value modified", True),
        ("registry_set", "{Details: evil.exe}", "%%1906", False),
        ("registry_delete", "{Image: 'c:\\a.exe', EventType: DeleteValue}", "%%1906", True),
        ("registry_delete", "{Image: 'c:\\a.exe'}", "%%1905", False),
        ("registry_add", "{Image: 'c:\\a.exe'}", "%%1904", True),
        ("registry_add", "{Image: 'c:\\a.exe'}", "%%1905", False),
        ("registry_event", "{Image: 'c:\\a.exe'}", "%%1906", True),
        ("registry_event", "{Image: 'c:\\a.exe'}", "%%9999", False),
    ],
)
def test_registry_changes_of_the_security_log_answer_to_the_names_of_sysmon(
    load: Callable[..., RuleSet],
    category: str,
    detection: str,
    operation: str,
    holds: bool,  # noqa: FBT001 - a case of the table
) -> None:
    answer = ask(load, category, detection, {**REGISTRY, "OperationType": operation}, "4657")
    assert (answer is not None) is holds
    if answer is not None:
        assert answer["OperationType"] == operation


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("\\REGISTRY\\USER\\S-1-5-21\\Run", "a", "HKU\\S-1-5-21\\Run\\a"),
        ("\\Registry\\Machine\\Software", None, "HKLM\\Software"),
        ("\\OTHER\\x", "", "\\OTHER\\x"),
        ("\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet002", None, "HKLM\\SYSTEM\\CurrentControlSet"),
    ],
)
def test_registry_paths(load: Callable[..., RuleSet], name: str, value: str | None, path: str) -> None:
    event = {"ObjectName": name, "OperationType": "%%1904"} | ({} if value is None else {"ObjectValueName": value})
    assert ask(load, "registry_set", f"{{TargetObject|cased: '{path}'}}", event, "4657") is not None


def test_views_are_told_apart_by_name() -> None:
    assert AUDIT_PROCESS != PLAIN
    assert hash(AUDIT_PROCESS) != hash(PLAIN)
    assert AUDIT_PROCESS != "4688"
