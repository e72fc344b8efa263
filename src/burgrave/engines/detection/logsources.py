"""Which events a rule's ``logsource`` speaks of.

The Windows tables follow the Sigma taxonomy (appendix of the specification 2.1.0): a category is one or more events of
Sysmon and, where Windows' own audit records the same, events 4688 and 4657 of the Security log, read through a view
that gives their fields the names of Sysmon. A service is a channel. Names are compared without regard to letter case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from burgrave.engines.detection.expressions import Kind, Or, Test, join
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.views import AUDIT_PROCESS, AUDIT_REGISTRY, PLAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from burgrave.engines.detection.expressions import Node
    from burgrave.engines.detection.terms import EventSource, LogSource
    from burgrave.engines.detection.views import View

SYSMON = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL = ("Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational")
CLASSIC_POWERSHELL = "Windows PowerShell"
LINUX_SYSMON = "Linux-Sysmon/Operational"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Events of one channel that a log source covers; ``event_id`` "" covers all of the channel's events."""

    channel: str = ""
    event_id: str = ""
    view: View = PLAIN
    only: Node | None = None  # holds for those of the events that the log source means


def _sysmon(*event_ids: int) -> tuple[Target, ...]:
    return tuple(Target(channel=SYSMON, event_id=str(event_id)) for event_id in event_ids)


def _registry_audit(*operations: str) -> Target:
    """Event 4657 tells values that were created (%%1904), changed (%%1905) and deleted (%%1906), not keys."""
    only = join(Or, [Test("OperationType", Kind.EQUALS, (fold(operation),)) for operation in operations])
    return Target(channel="Security", event_id="4657", view=AUDIT_REGISTRY, only=only)


_VALUE_SET = ("%%1904", "%%1905", "New registry value created", "Existing registry value modified")
_VALUE_DELETED = ("%%1906", "Registry value deleted")
_EVERYTHING = Target()

WINDOWS_CATEGORIES: Mapping[str, tuple[Target, ...]] = {
    "process_creation": (*_sysmon(1), Target(channel="Security", event_id="4688", view=AUDIT_PROCESS)),
    "file_change": _sysmon(2),
    "network_connection": _sysmon(3),
    "sysmon_status": _sysmon(4, 16),
    "process_termination": _sysmon(5),
    "driver_load": _sysmon(6),
    "image_load": _sysmon(7),
    "create_remote_thread": _sysmon(8),
    "raw_access_thread": _sysmon(9),
    "process_access": _sysmon(10),
    "file_event": _sysmon(11),
    "registry_add": (*_sysmon(12), _registry_audit(_VALUE_SET[0], _VALUE_SET[2])),
    "registry_delete": (*_sysmon(12), _registry_audit(*_VALUE_DELETED)),
    "registry_set": (*_sysmon(13), _registry_audit(*_VALUE_SET)),
    "registry_rename": _sysmon(14),
    "registry_event": (*_sysmon(12, 13, 14), _registry_audit(*_VALUE_SET, *_VALUE_DELETED)),
    "create_stream_hash": _sysmon(15),
    "pipe_created": _sysmon(17, 18),
    "wmi_event": _sysmon(19, 20, 21),
    "dns_query": _sysmon(22),
    "file_delete": _sysmon(23, 26),
    "clipboard_capture": _sysmon(24),
    "process_tampering": _sysmon(25),
    "file_block_executable": _sysmon(27),
    "file_block_shredding": _sysmon(28),
    "file_executable_detected": _sysmon(29),
    "sysmon_error": _sysmon(255),
    "ps_module": tuple(Target(channel=channel, event_id="4103") for channel in POWERSHELL),
    "ps_script": tuple(Target(channel=channel, event_id="4104") for channel in POWERSHELL),
    "ps_classic_start": (Target(channel=CLASSIC_POWERSHELL, event_id="400"),),
    "ps_classic_provider_start": (Target(channel=CLASSIC_POWERSHELL, event_id="600"),),
    "ps_classic_script": (Target(channel=CLASSIC_POWERSHELL, event_id="800"),),
}

LINUX_CATEGORIES: Mapping[str, tuple[Target, ...]] = {
    category: (Target(channel=LINUX_SYSMON, event_id=str(event_id)),)
    for category, event_id in {
        "process_creation": 1,
        "network_connection": 3,
        "process_termination": 5,
        "raw_access_thread": 9,
        "file_event": 11,
        "file_delete": 23,
    }.items()
}

WINDOWS_SERVICES: Mapping[str, tuple[str, ...]] = {
    "application": ("Application",),
    "security": ("Security",),
    "system": ("System",),
    "sysmon": (SYSMON,),
    "powershell": POWERSHELL,
    "powershell-classic": (CLASSIC_POWERSHELL,),
    "appmodel-runtime": ("Microsoft-Windows-AppModel-Runtime/Admin",),
    "applocker": (
        "Microsoft-Windows-AppLocker/EXE and DLL",
        "Microsoft-Windows-AppLocker/MSI and Script",
        "Microsoft-Windows-AppLocker/Packaged app-Deployment",
        "Microsoft-Windows-AppLocker/Packaged app-Execution",
    ),
    "application-experience": (
        "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        "Microsoft-Windows-Application-Experience/Program-Telemetry",
    ),
    "appxdeployment-server": ("Microsoft-Windows-AppXDeploymentServer/Operational",),
    "appxpackaging-om": ("Microsoft-Windows-AppxPackaging/Operational",),
    "bitlocker": ("Microsoft-Windows-BitLocker/BitLocker Management",),
    "bits-client": ("Microsoft-Windows-Bits-Client/Operational",),
    "capi2": ("Microsoft-Windows-CAPI2/Operational",),
    "certificateservicesclient-lifecycle-system": (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
    ),
    "codeintegrity-operational": ("Microsoft-Windows-CodeIntegrity/Operational",),
    "dhcp": ("Microsoft-Windows-DHCP-Server/Operational",),
    "diagnosis-scripted": ("Microsoft-Windows-Diagnosis-Scripted/Operational",),
    "dns-client": ("Microsoft-Windows-DNS Client Events/Operational",),
    "dns-server": ("DNS Server",),
    "dns-server-analytic": ("Microsoft-Windows-DNS-Server/Analytical",),
    "dns-server-audit": ("Microsoft-Windows-DNS-Server/Audit",),
    "driver-framework": ("Microsoft-Windows-DriverFrameworks-UserMode/Operational",),
    "firewall-as": ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",),
    "hyper-v-worker": ("Microsoft-Windows-Hyper-V-Worker", "Microsoft-Windows-Hyper-V-Worker-Admin"),
    "iis-configuration": ("Microsoft-IIS-Configuration/Operational",),
    "kernel-event-tracing": ("Microsoft-Windows-Kernel-EventTracing", "Microsoft-Windows-Kernel-EventTracing/Admin"),
    "kernel-shimengine": (
        "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
        "Microsoft-Windows-Kernel-ShimEngine/Operational",
    ),
    "ldap": ("Microsoft-Windows-LDAP-Client/Debug",),
    "ldap_debug": ("Microsoft-Windows-LDAP-Client/Debug",),
    "lsa-server": ("Microsoft-Windows-LSA/Operational",),
    "microsoft-servicebus-client": ("Microsoft-ServiceBus-Client/Admin", "Microsoft-ServiceBus-Client/Operational"),
    "msexchange-management": ("MSExchange Management",),
    "ntfs": ("Microsoft-Windows-Ntfs/Operational",),
    "ntlm": ("Microsoft-Windows-NTLM/Operational",),
    "openssh": ("OpenSSH/Operational",),
    "printservice-admin": ("Microsoft-Windows-PrintService/Admin",),
    "printservice-operational": ("Microsoft-Windows-PrintService/Operational",),
    "security-mitigations": (
        "Microsoft-Windows-Security-Mitigations/Kernel Mode",
        "Microsoft-Windows-Security-Mitigations/User Mode",
    ),
    "servicebus-client": ("Microsoft-ServiceBus-Client/Admin", "Microsoft-ServiceBus-Client/Operational"),
    "shell-core": ("Microsoft-Windows-Shell-Core/Operational",),
    "smbclient-connectivity": ("Microsoft-Windows-SmbClient/Connectivity",),
    "smbclient-security": ("Microsoft-Windows-SmbClient/Security",),
    "smbserver-connectivity": ("Microsoft-Windows-SMBServer/Connectivity",),
    "taskscheduler": ("Microsoft-Windows-TaskScheduler/Operational",),
    "terminalservices-localsessionmanager": ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",),
    "vhdmp": ("Microsoft-Windows-VHDMP/Operational", "Microsoft-Windows-VHDMP-Operational"),
    "windefend": ("Microsoft-Windows-Windows Defender/Operational",),
    "wmi": ("Microsoft-Windows-WMI-Activity/Operational",),
}


@lru_cache(maxsize=4096)
def targets(logsource: LogSource) -> tuple[Target, ...]:
    """The channels and event ids that carry what the log source names; empty when none is known."""
    product, category, service = fold(logsource.product), fold(logsource.category), fold(logsource.service)
    if product == "linux" and not service:
        return LINUX_CATEGORIES.get(category, ())
    if product not in {"", "windows"}:
        return ()
    channels = {fold(channel) for channel in WINDOWS_SERVICES.get(service, ())}
    if category:
        found = WINDOWS_CATEGORIES.get(category, ())
        return tuple(each for each in found if not service or fold(each.channel) in channels)
    return tuple(Target(channel=channel) for channel in WINDOWS_SERVICES.get(service, ()))


def is_unmapped(logsource: LogSource) -> bool:
    """Whether the log source is a Windows one that no known channel carries."""
    if fold(logsource.product) != "windows" or not (logsource.category or logsource.service):
        return False
    return not targets(logsource)


def target_of(logsource: LogSource, source: EventSource) -> Target | None:
    """How a rule with this log source reads events of this source, or None when it does not speak of them."""
    if _named_alike(logsource, source):
        return _EVERYTHING
    if not source.channel:
        return None
    if _is_all_of_windows(logsource) and fold(source.product) in {"", "windows"}:
        return _EVERYTHING
    channel = fold(source.channel)
    for target in targets(logsource):
        if fold(target.channel) == channel and target.event_id in {"", source.event_id}:
            return target
    return None


def _is_all_of_windows(logsource: LogSource) -> bool:
    return fold(logsource.product) == "windows" and not logsource.category and not logsource.service


LINUX_FAMILIES: Mapping[str, frozenset[str]] = {
    "auth": frozenset({"sshd", "sudo"}),
    "syslog": frozenset({"auth", "sshd", "sudo", "cron", "clamav", "vsftpd", "guacamole"}),
}
"""What one Linux service says is also part of the log of another: of the log of sign-ins, and of the system log."""


def _named_alike(logsource: LogSource, source: EventSource) -> bool:
    """Whether the reader of the events names everything that the log source names, and the same."""
    if fold(source.product) == "linux" and fold(source.service) in LINUX_FAMILIES.get(fold(logsource.service), ()):
        return fold(logsource.product) in {"", "linux"} and not logsource.category
    pairs = (
        (logsource.product, source.product),
        (logsource.category, source.category),
        (logsource.service, source.service),
    )
    return all(not wanted or fold(wanted) == fold(given) for wanted, given in pairs)
