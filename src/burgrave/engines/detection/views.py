r"""How the fields of Windows' own audit events answer rules that speak the names of Sysmon.

| rules say          | event 4688 (process creation) has                                                  |
|--------------------|------------------------------------------------------------------------------------|
| Image              | NewProcessName                                                                     |
| ParentImage        | ParentProcessName                                                                  |
| ProcessId          | NewProcessId (the event's own ProcessId is the parent's)                           |
| ParentProcessId    | ProcessId                                                                          |
| LogonId            | SubjectLogonId                                                                     |
| User               | TargetDomainName and TargetUserName, or without these SubjectDomainName and        |
|                    | SubjectUserName: ``DOMAIN\name``; SubjectUserSid for NT AUTHORITY's own            |
| IntegrityLevel     | MandatoryLabel: its SID in words (Low, Medium, High, System)                       |

| rules say          | event 4657 (registry value changed) has                                            |
|--------------------|------------------------------------------------------------------------------------|
| TargetObject       | ObjectName and ObjectValueName: ``HKLM\…\value`` as Sysmon has it                  |
| Details            | NewValue                                                                           |
| EventType          | OperationType: %%1904 and %%1905 are SetValue, %%1906 is DeleteValue               |
| Image              | ProcessName                                                                        |
| User               | as for 4688                                                                        |

All other fields keep their names, so a rule that asks for a field that only Sysmon has (OriginalFileName, Hashes,
ParentCommandLine …) finds it absent, and a rule that uses the audit's own names works too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Derivation:
    """A field that an event does not hold as such: a function of some of its columns, of which any may be absent."""

    columns: tuple[str, ...]
    compute: Callable[..., str | None]


@dataclass(frozen=True, slots=True)
class View:
    """Names of fields as rules say them, and what stands for them: another column's name, or a Derivation."""

    name: str
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    derived: Mapping[str, Derivation] = field(default_factory=lambda: MappingProxyType({}))

    def resolve(self, field_name: str) -> str:
        """The name under which the matcher finds the field; derived ones are marked by the view's name."""
        if field_name in self.derived:
            return f"{self.name}:{field_name}"
        return self.columns.get(field_name, field_name)

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and other.name == self.name


_WELL_KNOWN_USERS = {
    "S-1-5-18": "NT AUTHORITY\\SYSTEM",
    "S-1-5-19": "NT AUTHORITY\\LOCAL SERVICE",
    "S-1-5-20": "NT AUTHORITY\\NETWORK SERVICE",
}
_INTEGRITY = {
    "S-1-16-0": "Untrusted",
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-8448": "Medium Plus",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
}
_OPERATION = {
    "%%1904": "SetValue",
    "%%1905": "SetValue",
    "%%1906": "DeleteValue",
    "New registry value created": "SetValue",
    "Existing registry value modified": "SetValue",
    "Registry value deleted": "DeleteValue",
}
_HIVES = (
    ("\\registry\\machine\\", "HKLM\\"),
    ("\\registry\\user\\", "HKU\\"),
)
_CONTROL_SET = re.compile(r"(?i)^(HKLM\\SYSTEM\\)ControlSet\d{3}(?=\\|$)")


def _user(
    target_domain: str | None, target_name: str | None, sid: str | None, domain: str | None, name: str | None
) -> str | None:
    """Whom the new process runs as: the target where the event names one, else the subject that started it."""
    if target_name and target_name != "-":
        return f"{target_domain}\\{target_name}" if target_domain and target_domain != "-" else target_name
    if sid is not None and sid in _WELL_KNOWN_USERS:
        return _WELL_KNOWN_USERS[sid]
    if name is None:
        return None
    return f"{domain}\\{name}" if domain else name


def _integrity(label: str | None) -> str | None:
    return None if label is None else _INTEGRITY.get(label, label)


def _operation(operation: str | None) -> str | None:
    return None if operation is None else _OPERATION.get(operation, operation)


def _registry_path(key: str | None, value: str | None) -> str | None:
    if key is None:
        return None
    lowered = key.lower()
    for prefix, hive in _HIVES:
        if lowered.startswith(prefix):
            key = hive + key[len(prefix) :]
            break
    key = _CONTROL_SET.sub(r"\1CurrentControlSet", key)
    return f"{key}\\{value}" if value else key


_USER = Derivation(
    ("TargetDomainName", "TargetUserName", "SubjectUserSid", "SubjectDomainName", "SubjectUserName"), _user
)

PLAIN = View("plain")
AUDIT_PROCESS = View(
    "4688",
    columns=MappingProxyType(
        {
            "Image": "NewProcessName",
            "ParentImage": "ParentProcessName",
            "ProcessId": "NewProcessId",
            "ParentProcessId": "ProcessId",
            "LogonId": "SubjectLogonId",
        }
    ),
    derived=MappingProxyType(
        {
            "User": _USER,
            "IntegrityLevel": Derivation(("MandatoryLabel",), _integrity),
        }
    ),
)
AUDIT_REGISTRY = View(
    "4657",
    columns=MappingProxyType({"Details": "NewValue", "Image": "ProcessName"}),
    derived=MappingProxyType(
        {
            "TargetObject": Derivation(("ObjectName", "ObjectValueName"), _registry_path),
            "EventType": Derivation(("OperationType",), _operation),
            "User": _USER,
        }
    ),
)
DERIVED: Mapping[str, Derivation] = MappingProxyType(
    {
        view.resolve(name): derivation
        for view in (AUDIT_PROCESS, AUDIT_REGISTRY)
        for name, derivation in view.derived.items()
    }
)
