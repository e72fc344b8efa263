"""JSON that clouds, sensors and services write: which of them wrote a record, told by the keys that only it has.

Sources are named as SigmaHQ's rules name them. Where rules speak of a field under another name than the record, the
record is given under both. Facts about the shapes come from each maker's public schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from burgrave.engines.events.terms import JSON, LogSource

Record = Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """``keys`` are all there, and ``holds`` is true of the record; ``named`` gives the source where keys decide it.

    Both look at no value but those ``asked``. ``head`` are the fields in which this maker has the time and the host,
    under names that would not tell elsewhere. ``also`` names fields anew: the name that rules use, and the one in the
    record.
    """

    keys: frozenset[str]
    source: LogSource
    asked: str = ""
    holds: Callable[[Record], bool] | None = None
    named: Callable[[Record], LogSource | None] | None = None
    head: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)

    def source_of(self, record: Record) -> LogSource:
        return (self.named(record) if self.named else None) or self.source


def _text(record: Record, *path: str) -> str:
    value: JSON = dict(record)
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


_AZURE: Final[Mapping[str, str]] = {
    "auditlogs": "auditlogs",
    "signinlogs": "signinlogs",
    "noninteractiveusersigninlogs": "signinlogs",
    "administrative": "activitylogs",
    "policy": "activitylogs",
    "userriskevents": "riskdetection",
    "riskyusers": "riskdetection",
}
_GOOGLE: Final[Mapping[str, str]] = {
    "admin.googleapis.com": "google_workspace.admin",
    "login.googleapis.com": "google_workspace.login",
}
_ZEEK_ALSO: Final[Mapping[str, str]] = {
    "record_type": "qtype_name",
    "answer": "answers",
    "c-uri": "uri",
    "c-useragent": "user_agent",
    "cs-host": "host",
    "cs-method": "method",
}
_ZEEK: Final[Mapping[str, tuple[str, ...]]] = {
    "dns": ("query", "qclass"),
    "http": ("method", "uri"),
    "smb_files": ("action", "name", "path"),
    "dce_rpc": ("endpoint", "operation"),
    "kerberos": ("request_type",),
    "rdp": ("cookie", "security_protocol"),
    "ssl": ("server_name", "cipher"),
    "x509": ("certificate.serial",),
    "conn": ("conn_state",),
}
_CATEGORY: Final[Mapping[str, str]] = {"dns": "dns", "http": "proxy"}


def _azure(record: Record) -> LogSource | None:
    service = _AZURE.get(_text(record, "category").lower())
    return LogSource(product="azure", service=service) if service else None


def _google(record: Record) -> LogSource:
    service = _GOOGLE.get(_text(record, "protoPayload", "serviceName"), "gcp.audit")
    return LogSource(product="gcp", service=service)


def _zeek(record: Record) -> LogSource | None:
    service = _text(record, "_path")
    for name, keys in _ZEEK.items():
        if not service and all(key in record for key in keys):
            service = name
    return LogSource(product="zeek", category=_CATEGORY.get(service, ""), service=service) if service else None


def _suricata(record: Record) -> LogSource:
    kind = _text(record, "event_type")
    return LogSource(product="suricata", category=_CATEGORY.get(kind, ""), service=kind)


ORIGINS: Final = (
    Origin(
        keys=frozenset({"eventVersion", "eventSource", "eventName", "awsRegion"}),
        source=LogSource(product="aws", service="cloudtrail"),
    ),
    Origin(
        keys=frozenset({"CreationTime", "Operation", "RecordType", "Workload"}),
        source=LogSource(product="m365", service="audit"),
        head={"SystemTime": "CreationTime"},
    ),
    Origin(
        keys=frozenset({"category", "operationName", "resourceId"}),
        source=LogSource(product="azure"),
        asked="category",
        named=_azure,
    ),
    Origin(
        keys=frozenset({"riskEventType", "riskState"}),
        source=LogSource(product="azure", service="riskdetection"),
        head={"SystemTime": "detectedDateTime"},
    ),
    Origin(
        keys=frozenset({"eventType", "actor", "outcome", "published"}),
        source=LogSource(product="okta", service="okta"),
        head={"SystemTime": "published"},
    ),
    Origin(
        keys=frozenset({"logName", "protoPayload"}),
        source=LogSource(product="gcp"),
        asked="protoPayload.serviceName",
        named=_google,
        also={"gcp.audit.method_name": "protoPayload.methodName", "eventName": "protoPayload.metadata.event.eventName"},
    ),
    Origin(
        keys=frozenset({"kind", "apiVersion", "verb", "auditID"}),
        source=LogSource(product="kubernetes", category="application", service="audit"),
        head={"SystemTime": "requestReceivedTimestamp"},
        asked="apiVersion",
        holds=lambda record: _text(record, "apiVersion").startswith("audit.k8s.io/"),
    ),
    Origin(
        keys=frozenset({"action", "actor", "_document_id"}),
        source=LogSource(product="github", service="audit"),
        asked="action",
        holds=lambda record: "." in _text(record, "action"),
    ),
    Origin(
        keys=frozenset({"auditType", "author", "affectedObjects"}),
        source=LogSource(product="bitbucket", service="audit"),
    ),
    Origin(
        keys=frozenset({"event_type_id", "account_id"}),
        source=LogSource(product="onelogin", service="onelogin.events"),
        head={"SystemTime": "created_at"},
    ),
    Origin(
        keys=frozenset({"logtype", "node_id", "src_host", "dst_host"}),
        source=LogSource(product="opencanary", category="application"),
        head={"SystemTime": "utc_time", "Computer": "node_id"},
    ),
    Origin(
        keys=frozenset({"hostIdentifier", "unixTime", "name"}),
        source=LogSource(service="osquery"),
        head={"SystemTime": "unixTime", "Computer": "hostIdentifier"},
    ),
    Origin(
        keys=frozenset({"timestamp", "event_type", "flow_id"}),
        source=LogSource(product="suricata"),
        asked="event_type",
        named=_suricata,
        also={
            "query": "dns.rrname",
            "record_type": "dns.rrtype",
            "answer": "dns.rdata",
            "c-uri": "http.url",
            "c-useragent": "http.http_user_agent",
            "cs-host": "http.hostname",
            "cs-method": "http.http_method",
            "sc-status": "http.status",
        },
    ),
    Origin(
        keys=frozenset({"ts", "uid"}),
        source=LogSource(product="zeek"),
        asked="_path",
        named=_zeek,
        head={"SystemTime": "ts"},
        also=_ZEEK_ALSO,
    ),
    Origin(
        keys=frozenset({"ts", "certificate.serial"}),
        source=LogSource(product="zeek", service="x509"),
        head={"SystemTime": "ts"},
    ),
)


def asked_of(record: Record) -> frozenset[str]:
    """The dotted names of the values that `origin_of` and `source_of` look at, of a record with these keys."""
    return frozenset(origin.asked for origin in ORIGINS if origin.asked and origin.keys <= record.keys())


HEAD_KEYS: Final = frozenset((name, key) for origin in ORIGINS for name, key in origin.head.items())
"""The parts of a head, and the fields in which some maker has them."""


def origin_of(record: Record) -> Origin | None:
    """Who wrote the record; None for nobody known."""
    for origin in ORIGINS:
        if origin.keys <= record.keys() and (origin.holds is None or origin.holds(record)):
            return origin
    return None
