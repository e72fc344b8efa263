"""The tables of names: which Sigma field a key of a foreign format stands for.

Sigma names the parts of a Windows event's System section by the names of the event schema
(https://schemas.microsoft.com/win/2004/08/events/event), with attributes joined by an underscore.
"""

from collections.abc import Mapping
from typing import Final

# System section: (element, attribute) -> Sigma field. An element without attribute maps under its own name.
SYSTEM_ATTRIBUTES: Final[Mapping[tuple[str, str], str]] = {
    ("Provider", "Name"): "Provider_Name",
    ("Provider", "Guid"): "Provider_Guid",
    ("Provider", "EventSourceName"): "EventSourceName",
    ("EventID", "Qualifiers"): "Qualifiers",
    ("TimeCreated", "SystemTime"): "SystemTime",
    ("Correlation", "ActivityID"): "ActivityID",
    ("Correlation", "RelatedActivityID"): "RelatedActivityID",
    ("Execution", "ProcessID"): "Execution_ProcessID",
    ("Execution", "ThreadID"): "Execution_ThreadID",
    ("Security", "UserID"): "UserID",
}

# When event data carries one of these names too, the System section's value stays: rules mean that one.
SYSTEM_WINS: Final = frozenset({"EventID", "Provider_Name", "EventRecordID", "Computer", "SystemTime", "Channel"})

# Save in these kinds of events, (channel in lower case, event id): their data names the log that was cleared, and rules
# on cleared logs mean that one.
DATA_CHANNEL: Final = frozenset({("system", "104")})
CLEARED_LOGS: Final = frozenset(log for log, _ in DATA_CHANNEL)

# Events that name a provider and no channel: the provider (lower case) has a single one that rules speak of.
CHANNEL_OF_PROVIDER: Final[Mapping[str, str]] = {
    "microsoft-windows-sysmon": "Microsoft-Windows-Sysmon/Operational",
    "microsoft-windows-security-auditing": "Security",
    "microsoft-windows-powershell": "Microsoft-Windows-PowerShell/Operational",
    "microsoft-windows-windows defender": "Microsoft-Windows-Windows Defender/Operational",
    "microsoft-windows-taskscheduler": "Microsoft-Windows-TaskScheduler/Operational",
    "powershell": "Windows PowerShell",
    "service control manager": "System",
}

# Windows names with spaces -> the name that Sigma rules use, per channel (lower case).
_DEFENDER: Final[Mapping[str, str]] = {
    name: name.replace(" ", "")
    for name in (
        "Product Name", "Product Version", "Detection ID", "Detection Time", "Detection User", "Threat ID",
        "Threat Name", "Severity ID", "Severity Name", "Category ID", "Category Name", "Status Code",
        "Status Description", "Source ID", "Source Name", "Process Name", "Origin ID", "Origin Name",
        "Execution ID", "Execution Name", "Type ID", "Type Name", "Pre Execution Status", "Action ID",
        "Action Name", "Error Code",
        "Error Description", "Post Clean Status", "Additional Actions ID", "Additional Actions String",
        "Remediation User", "Signature Version", "Security intelligence Version", "Engine Version", "Scan ID",
        "Scan Type", "Scan Parameters", "Scan Resources", "Old Value", "New Value", "Feature ID",
        "Failure Type", "Path Found", "Target Commandline", "Parent Commandline", "Involved File",
        "Inhertiance Flags",
    )
} | {"Feature Name": "Feature_Name"}  # fmt: skip
SPACED_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "microsoft-windows-windows defender/operational": _DEFENDER,
    "microsoft-windows-windows defender/whc": _DEFENDER,
}

# Flat JSON: the first key that is there gives the value.
CHANNEL_KEYS: Final = ("Channel", "channel", "LogName", "log_name")
EVENT_ID_KEYS: Final = ("EventID", "EventId", "event_id", "Event_ID")
PROVIDER_KEYS: Final = (
    "Provider_Name",
    "ProviderName",
    "provider_name",
    "SourceName",
    "source_name",
    "Provider",
)
COMPUTER_KEYS: Final = (
    "Computer",
    "ComputerName",
    "computer_name",
    "Hostname",
    "hostname",
    "MachineName",
    "host.name",
)
RECORD_ID_KEYS: Final = ("EventRecordID", "RecordNumber", "RecordId", "record_id", "record_number")
TIME_KEYS: Final = (
    "SystemTime", "@timestamp", "UtcTime", "TimeCreated", "EventTime", "eventTime", "timestamp", "Timestamp",
    "time",
)  # fmt: skip

FLAT_KEYS: Final = (
    ("Computer", COMPUTER_KEYS),
    ("EventRecordID", RECORD_ID_KEYS),
    ("SystemTime", TIME_KEYS),
)
FLAT_WINDOWS_KEYS: Final = (
    ("EventID", EVENT_ID_KEYS),
    ("Channel", CHANNEL_KEYS),
    ("Provider_Name", PROVIDER_KEYS),
)

# Winlogbeat: the key inside `winlog` -> Sigma field.
WINLOGBEAT_SYSTEM: Final[Mapping[str, str]] = {
    "channel": "Channel",
    "provider_name": "Provider_Name",
    "provider_guid": "Provider_Guid",
    "computer_name": "Computer",
    "event_id": "EventID",
    "record_id": "EventRecordID",
    "record_number": "EventRecordID",
    "version": "Version",
    "opcode": "Opcode",
    "task": "Task",
    "keywords": "Keywords",
    "activity_id": "ActivityID",
    "related_activity_id": "RelatedActivityID",
    "log_name": "Channel",
    "source_name": "Provider_Name",
}

# First bytes -> what the file is, for a refusal that says what was given.
FOREIGN_MAGIC: Final[Mapping[bytes, str]] = {
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "an empty zip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
}
FOREIGN_FORMATS: Final[Mapping[bytes, str]] = {
    b"MZ": "a Windows program",
    b"\x7fELF": "a Linux program",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\x00": "an SQLite database",
    b"regf": "a Windows registry hive",
    b"<": "XML that holds no Windows events",
}
