"""Which original field stands for which ECS field, per kind of event. What is ambiguous is not mapped.

Sysmon's fields are those of its schema; the Security log's those of Microsoft's event reference. Where an event names
two people, ``user.name`` is who acts and ``user.target.name`` who is acted upon; a logon's user is who logs on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from burgrave.engines.eventstore.terms import Kind

Names: TypeAlias = Mapping[str, Sequence[str]]
"""ECS field -> original fields, the first that has a value counts."""

USER: Final = "user"
"""In the tables: a field that holds DOMAIN\\name, split into ``user.domain`` and ``user.name``."""

_SYSMON: Final[Names] = {
    USER: ("User", "SourceUser"),
    "process.executable": ("Image", "SourceImage"),
    "process.command_line": ("CommandLine",),
    "process.pid": ("ProcessId", "SourceProcessId"),
    "process.entity_id": ("ProcessGuid", "SourceProcessGUID", "SourceProcessGuid"),
    "process.working_directory": ("CurrentDirectory",),
    "process.parent.executable": ("ParentImage",),
    "process.parent.command_line": ("ParentCommandLine",),
    "process.parent.pid": ("ParentProcessId",),
    "file.path": ("TargetFilename",),
    "registry.path": ("TargetObject",),
    "registry.data.strings": ("Details",),
    "source.ip": ("SourceIp",),
    "source.port": ("SourcePort",),
    "source.domain": ("SourceHostname",),
    "destination.ip": ("DestinationIp",),
    "destination.port": ("DestinationPort",),
    "destination.domain": ("DestinationHostname",),
    "network.transport": ("Protocol",),
    "dns.question.name": ("QueryName",),
    "rule.name": ("RuleName",),
}
_SYSMON_OF: Final[Mapping[str, Names]] = {
    "1": {"process.hash.sha256": ("Hashes",)},
    "6": {"file.path": ("ImageLoaded",)},
    "7": {"dll.path": ("ImageLoaded",)},
}
_SECURITY: Final[Names] = {
    "user.name": ("SubjectUserName",),
    "user.domain": ("SubjectDomainName",),
    "user.target.name": ("TargetUserName",),
    "process.executable": ("ProcessName",),
    "service.name": ("ServiceName",),
    "source.ip": ("IpAddress",),
    "source.port": ("IpPort",),
    "source.domain": ("WorkstationName", "Workstation"),
}
_LOGON: Final[Names] = {
    "user.name": ("TargetUserName",),
    "user.domain": ("TargetDomainName",),
    "process.executable": ("ProcessName",),
    "source.ip": ("IpAddress",),
    "source.port": ("IpPort",),
    "source.domain": ("WorkstationName", "Workstation"),
}
_FILTERED: Final[Names] = {
    "process.executable": ("Application",),
    "source.ip": ("SourceAddress",),
    "source.port": ("SourcePort",),
    "destination.ip": ("DestAddress",),
    "destination.port": ("DestPort",),
}
_SECURITY_OF: Final[Mapping[str, Names]] = {
    "4688": {
        "user.name": ("SubjectUserName",),
        "user.domain": ("SubjectDomainName",),
        "process.executable": ("NewProcessName",),
        "process.command_line": ("CommandLine", "ProcessCommandLine"),
        "process.parent.executable": ("ParentProcessName",),
    },
    "4657": {
        "user.name": ("SubjectUserName",),
        "user.domain": ("SubjectDomainName",),
        "process.executable": ("ProcessName",),
        "registry.path": ("ObjectName",),
        "registry.data.strings": ("NewValue",),
    },
    "5140": {**_SECURITY, "file.path": ("ShareName",)},
    "5145": {**_SECURITY, "file.path": ("RelativeTargetName",)},
    **dict.fromkeys(("4624", "4625", "4634", "4647", "4768", "4769", "4771", "4776"), _LOGON),
    **dict.fromkeys(("5152", "5154", "5156", "5157", "5158"), _FILTERED),
}
_POWERSHELL: Final[Names] = {
    "powershell.file.script_block_text": ("ScriptBlockText",),
    "file.path": ("Path",),
}
_SYSTEM: Final[Names] = {"service.name": ("ServiceName",)}
_DEFENDER: Final[Names] = {"file.path": ("Path",), "rule.name": ("ThreatName",), "process.executable": ("ProcessName",)}
_FIREWALL: Final[Names] = {"process.executable": ("ModifyingApplication",), "rule.name": ("RuleName",)}

_WEB: Final[Names] = {
    "source.ip": ("c-ip",),
    "user.name": ("cs-username",),
    "http.request.method": ("cs-method",),
    "http.response.status_code": ("sc-status",),
    "url.full": ("c-uri",),
    "url.path": ("cs-uri-stem",),
    "url.domain": ("cs-host", "r-host"),
    "user_agent.original": ("c-useragent", "cs-user-agent"),
    "destination.ip": ("s-ip", "r-ip"),
    "destination.port": ("s-port",),
}
_OTHERS: Final[Mapping[tuple[str, str], Names]] = {
    ("aws", "cloudtrail"): {
        "event.action": ("eventName",),
        "user.name": ("userIdentity.userName", "userIdentity.sessionContext.sessionIssuer.userName"),
        "cloud.account.id": ("recipientAccountId", "userIdentity.accountId"),
        "cloud.region": ("awsRegion",),
        "source.ip": ("sourceIPAddress",),
        "user_agent.original": ("userAgent",),
    },
    ("azure", ""): {
        "event.action": ("operationName",),
        "user.name": ("properties.userPrincipalName", "userPrincipalName", "identity"),
        "source.ip": ("properties.ipAddress", "callerIpAddress", "ipAddress"),
        "user_agent.original": ("properties.userAgent", "userAgent"),
        "event.outcome": ("resultType",),
    },
    ("m365", ""): {"event.action": ("Operation",), "user.name": ("UserId",), "source.ip": ("ClientIP",)},
    ("okta", ""): {
        "event.action": ("eventType",),
        "event.outcome": ("outcome.result",),
        "user.name": ("actor.alternateId",),
        "source.ip": ("client.ipAddress",),
        "user_agent.original": ("client.userAgent.rawUserAgent",),
    },
    ("gcp", ""): {
        "event.action": ("protoPayload.methodName",),
        "service.name": ("protoPayload.serviceName",),
        "user.name": ("protoPayload.authenticationInfo.principalEmail",),
        "source.ip": ("protoPayload.requestMetadata.callerIp",),
        "user_agent.original": ("protoPayload.requestMetadata.callerSuppliedUserAgent",),
    },
    ("github", ""): {"event.action": ("action",), "user.name": ("actor",), "source.ip": ("actor_ip",)},
    ("kubernetes", ""): {
        "event.action": ("verb",),
        "user.name": ("user.username",),
        "source.ip": ("sourceIPs",),
        "url.path": ("requestURI",),
        "user_agent.original": ("userAgent",),
        "http.response.status_code": ("responseStatus.code",),
    },
    ("suricata", ""): {
        "event.action": ("event_type",),
        "source.ip": ("src_ip",),
        "source.port": ("src_port",),
        "destination.ip": ("dest_ip",),
        "destination.port": ("dest_port",),
        "network.transport": ("proto",),
        "dns.question.name": ("dns.rrname",),
        "url.domain": ("http.hostname",),
        "url.path": ("http.url",),
        "http.request.method": ("http.http_method",),
        "http.response.status_code": ("http.status",),
        "user_agent.original": ("http.http_user_agent",),
        "rule.name": ("alert.signature",),
    },
    ("zeek", ""): {
        "source.ip": ("id.orig_h",),
        "source.port": ("id.orig_p",),
        "destination.ip": ("id.resp_h",),
        "destination.port": ("id.resp_p",),
        "network.transport": ("proto",),
        "dns.question.name": ("query",),
        "url.domain": ("host",),
        "url.path": ("uri",),
        "http.request.method": ("method",),
        "http.response.status_code": ("status_code",),
        "user_agent.original": ("user_agent",),
    },
    ("linux", "auditd"): {
        "event.action": ("type",),
        "event.outcome": ("res", "success"),
        "process.executable": ("exe",),
        "process.command_line": ("proctitle",),
        "process.pid": ("pid",),
        "process.parent.pid": ("ppid",),
        "process.working_directory": ("cwd",),
        "user.name": ("acct",),
        "source.ip": ("addr",),
    },
}
_CATEGORIES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("sysmon 1", "sysmon 5", "sysmon 8", "sysmon 10", "security 4688", "security 4689"), "process"),
    **dict.fromkeys(("sysmon 3", "sysmon 22", "security 5156", "security 5157", "security 5158"), "network"),
    **dict.fromkeys(("sysmon 2", "sysmon 11", "sysmon 15", "sysmon 23", "sysmon 26", "security 4663"), "file"),
    **dict.fromkeys(("sysmon 12", "sysmon 13", "sysmon 14", "security 4657"), "registry"),
    "sysmon 6": "driver",
    "sysmon 7": "library",
    **dict.fromkeys(
        (f"security {code}" for code in (4624, 4625, 4634, 4647, 4648, 4768, 4769, 4771, 4776)), "authentication"
    ),
    **dict.fromkeys((f"security {code}" for code in (*range(4720, 4759), 4767, 4781)), "iam"),
    **dict.fromkeys(("system 7045", "security 4697", "security 4698", "security 4702"), "configuration"),
}
_OUTCOMES: Final[Mapping[str, str]] = {
    "security 4624": "success",
    "security 4625": "failure",
    "security 4771": "failure",
}
_CHANNELS: Final[Mapping[str, str]] = {
    "microsoft-windows-sysmon/operational": "sysmon",
    "security": "security",
    "system": "system",
    "microsoft-windows-powershell/operational": "powershell",
    "powershellcore/operational": "powershell",
    "microsoft-windows-windows defender/operational": "defender",
    "microsoft-windows-windows firewall with advanced security/firewall": "firewall",
}
_BY_FAMILY: Final[Mapping[str, tuple[Names, Mapping[str, Names]]]] = {
    "sysmon": (_SYSMON, _SYSMON_OF),
    "security": (_SECURITY, {}),
    "system": (_SYSTEM, {}),
    "powershell": (_POWERSHELL, {}),
    "defender": (_DEFENDER, {}),
    "firewall": (_FIREWALL, {}),
}
_NOTHING: Final[Names] = {}


def mapping(kind: Kind) -> Names:
    """Where the ECS fields of such events come from."""
    family = _CHANNELS.get(kind.channel.lower())
    if family == "security" and kind.event_code in _SECURITY_OF:
        return _SECURITY_OF[kind.event_code]
    if family:
        general, by_code = _BY_FAMILY[family]
        return {**general, **by_code.get(kind.event_code, _NOTHING)}
    product, service = kind.product.lower(), kind.service.lower()
    if kind.category.lower() in {"webserver", "proxy"} and product not in {"zeek", "suricata"}:
        return _WEB
    return _OTHERS.get((product, service)) or _OTHERS.get((product, ""), _NOTHING)


def constants(kind: Kind) -> Mapping[str, str]:
    """What is true of every event of the kind, as ECS words it."""
    key = f"{_CHANNELS.get(kind.channel.lower(), '')} {kind.event_code}"
    found = {"event.category": _CATEGORIES.get(key, ""), "event.outcome": _OUTCOMES.get(key, "")}
    return {name: text for name, text in found.items() if text}
