"""Text logs: what a line gives, what is refused, and that no line is lost."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.events import Event, LogSource, NotAnEventFile, Unreadable, read_events

CLF = "[10/Feb/2026:13:55:36 +0100]"
RECEIVED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SSHD = LogSource(product="linux", service="sshd")
SYSLOG = LogSource(product="linux", service="syslog")
AUTH = LogSource(product="linux", service="auth")
AUDITD = LogSource(product="linux", service="auditd")
SERVER = LogSource(category="webserver")
PROXY = LogSource(category="proxy")
SYSMON = (
    '<14>Feb  3 04:05:06 web1 sysmon: <Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593}"/><EventID>1'
    '</EventID><Channel>Linux-Sysmon/Operational</Channel><TimeCreated SystemTime="2026-02-03T04:05:06.5Z"/>'
    "<EventRecordID>77</EventRecordID><Computer>web1.example.org</Computer></System><EventData>"
    '<Data Name="Image">/usr/bin/curl</Data><Data Name="CommandLine">curl -s evil</Data></EventData></Event>'
)  # fmt: skip


def read(path: Path, content: bytes | str, **more: object) -> list[Event | Unreadable]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_events(path, received_at=RECEIVED, **more))  # type: ignore[arg-type] # only log_source is given


def only(path: Path, content: bytes | str) -> Event:
    (event,) = read(path, content)
    assert isinstance(event, Event), event
    return event


@pytest.mark.parametrize(
    ("line", "source", "at", "computer", "fields"),
    [
        pytest.param(
            "Feb 28 23:59:01 web1 sshd[42]: Failed password for root from 203.0.113.9 port 22 ssh2",
            SSHD,
            "2026-02-28T23:59:01+00:00",
            "web1",
            {"app": "sshd", "pid": "42", "message": "Failed password for root from 203.0.113.9 port 22 ssh2"},
            id="a system log file",
        ),
        pytest.param(
            "Mar  2 11:00:00 web1 kernel: up", SYSLOG, "2026-03-02T11:00:00+00:00", "web1", {"app": "kernel"},
            id="a clock that runs half a day ahead",
        ),
        pytest.param(
            "Dec  9 06:55:46 web1 sshd(pam_unix)[1]: x", SSHD, "2025-12-09T06:55:46+00:00", "web1",
            {"app": "sshd(pam_unix)"}, id="a month that has not come yet is of last year",
        ),
        pytest.param(
            "Feb 29 01:02:03 web1 cron[1]: x", LogSource(product="linux", service="cron"), "2024-02-29T01:02:03+00:00",
            "web1", {"message": "x"}, id="a leap day",
        ),
        pytest.param(
            "Feb 30 01:02:03 web1 app: x", SYSLOG, None, "web1", {"message": "x"}, id="a day that no year has",
        ),
        pytest.param(
            "<86>Feb  1 01:02:03 web1 login: x", AUTH, "2026-02-01T01:02:03+00:00", "web1",
            {"facility": "authpriv", "severity": "info"}, id="RFC 3164 with its priority",
        ),
        pytest.param(
            "2026-02-03T04:05:06.123456+01:00 web1 sudo: pam", LogSource(product="linux", service="sudo"),
            "2026-02-03T03:05:06.123456+00:00", "web1", {"message": "pam"}, id="a file with whole times",
        ),
        pytest.param(
            '<165>1 2026-02-03T04:05:06Z db1 postgres 99 ID47 [a@1 x="1" y="q\\"\\]"][b@1 z=""] \ufeffready', SYSLOG,
            "2026-02-03T04:05:06+00:00", "db1",
            {"a@1.x": "1", "a@1.y": 'q"]', "b@1.z": "", "msgid": "ID47", "message": "ready", "severity": "notice"},
            id="RFC 5424 with structured data",
        ),
        pytest.param(
            "<34>1 - - su - - - 'su root' failed", AUTH, None, "", {"app": "su", "message": "'su root' failed"},
            id="RFC 5424 that says little",
        ),
        pytest.param(
            'type=EXECVE msg=audit(1364481363.243:24287): argc=3 a0="cat" a1=2F6574632F70617373 a2=0A',
            AUDITD, "2013-03-28T14:36:03.243000+00:00", "",
            {"type": "EXECVE", "a0": "cat", "a1": "/etc/pass", "a2": "\n", "serial": "24287"}, id="an audit record",
        ),
        pytest.param(
            "node=web1 type=USER_CMD msg=audit(1364481363.000:1): pid=9 msg='cwd=\"/root\" cmd=6C73202D6C res=success'",
            AUDITD, "2013-03-28T14:36:03+00:00", "web1", {"cwd": "/root", "cmd": "ls -l", "res": "success"},
            id="what a program wrote into an audit record",
        ),
        pytest.param(
            "Feb  3 04:05:06 web1 audispd: type=PROCTITLE msg=audit(1364481363.000:2): proctitle=6361740061",
            AUDITD, "2013-03-28T14:36:03+00:00", "web1", {"proctitle": "cat a"}, id="audit through the system log",
        ),
        pytest.param(
            'type=EXECVE msg=audit(1.000:3): argc=2 a0="x" a1_len=8 a1[0]=6162 a1[1]=6364', AUDITD,
            "1970-01-01T00:00:01+00:00", "", {"a1": "abcd"}, id="a long argument in pieces",
        ),
        pytest.param(
            'type=SYSCALL msg=audit(1.000:3): arch=c000003e a0=7ffd1234 comm="ls" exe="/bin/ls"', AUDITD,
            "1970-01-01T00:00:01+00:00", "", {"a0": "7ffd1234", "comm": "ls"}, id="numbers of a call stay numbers",
        ),
        pytest.param(
            SYSMON, LogSource(), "2026-02-03T04:05:06.500000+00:00", "web1.example.org",
            {"Image": "/usr/bin/curl", "CommandLine": "curl -s evil", "EventID": "1"}, id="Sysmon for Linux",
        ),
        pytest.param(
            '203.0.113.9 - ada [10/Feb/2026:13:55:36 +0100] "GET /a.php?q=1%20or HTTP/1.1" 200 6 "-" "sql \\"map\\""',
            SERVER, "2026-02-10T12:55:36+00:00", "",
            {"c-ip": "203.0.113.9", "cs-username": "ada", "cs-method": "GET", "cs-uri-stem": "/a.php",
             "cs-uri-query": "/a.php?q=1%20or", "cs-uri-query-only": "q=1%20or", "sc-status": "200",
             "cs-user-agent": 'sql "map"'}, id="the combined format",
        ),
        pytest.param(
            'www.example.org:443 2001:db8::1 - - [10/Feb/2026:13:55:36 +0000] "\\x16\\x03\\x01" 400 -', SERVER,
            "2026-02-10T13:55:36+00:00", "www.example.org:443", {"cs-uri-query": "\x16\x03\x01", "c-ip": "2001:db8::1"},
            id="no request at all",
        ),
        pytest.param(
            "1770732936.450    180 192.0.2.4 TCP_MISS/200 411 GET http://evil.example/a/b.exe?x=1 ada DIRECT/192.0.2.9 "
            "text/html", PROXY, "2026-02-10T14:15:36.450000+00:00", "",
            {"c-uri": "http://evil.example/a/b.exe?x=1", "cs-host": "evil.example", "c-uri-extension": "exe",
             "c-uri-query": "x=1", "cs-username": "ada", "sc-status": "200"}, id="Squid",
        ),
    ],
)  # fmt: skip
def test_a_line_gives_its_fields(
    tmp_path: Path, line: str, source: LogSource, at: str | None, computer: str, fields: dict[str, str]
) -> None:
    event = only(tmp_path / "x.log", line + "\n")
    assert event.log_source == source
    assert (event.at and event.at.isoformat()) == at
    assert event.computer == computer
    assert fields.items() <= event.fields.items(), event.fields
    assert event.raw == line


def test_w3c_names_its_own_fields_and_may_name_others_later(tmp_path: Path) -> None:
    server = (
        "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem "
        "cs-uri-query c-ip cs(User-Agent) sc-status\n"
        "2026-02-10 13:55:36 192.0.2.1 GET /a cmd=x 203.0.113.9 evil+agent 200\n"
        "2026-02-10 13:55:37 192.0.2.1 GET\n"
        '#Fields: date time c-uri cs(User-Agent)\n2026-02-10 13:55:38 http://evil.example/ "a ""b"" c"\n'
    )
    first, bad, second = read(tmp_path / "w3c.log", server)
    assert isinstance(first, Event)
    assert first.log_source == SERVER
    assert first.at == datetime(2026, 2, 10, 13, 55, 36, tzinfo=UTC)
    assert first.fields["cs-uri-query"] == "/a?cmd=x"
    assert first.fields["cs-user-agent"] == "evil agent"
    assert isinstance(bad, Unreadable)
    assert bad.reason == "it has 4 values, and #Fields: names 9"
    assert bad.position == "line 4"
    assert isinstance(second, Event)
    assert second.log_source == PROXY
    assert second.fields["c-useragent"] == 'a "b" c'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("<192>Feb  1 01:02:03 web1 app: x", "its priority 192 is beyond 191"),
        ("<34>1 - h a - - nonsense", "its structured data is neither"),
        ("Feb  1 01:02:03 web1 sysmon: <Event><System>", "its XML is damaged"),
        (
            'Feb  1 01:02:03 web1 sysmon: <Event><!DOCTYPE a [<!ENTITY b "c">]><System/></Event>',
            "its XML",
        ),
        ("    at java.lang.Thread.run", "it is no line of a system log"),
    ],
)
def test_a_line_that_is_none_is_kept_with_the_reason(tmp_path: Path, line: str, reason: str) -> None:
    good = "Feb  1 01:02:03 web1 app: x\n"
    *_, found = read(tmp_path / "x.log", good * 3 + line)
    assert isinstance(found, Unreadable)
    assert reason in found.reason
    assert found.excerpt.decode() == line


def test_what_the_caller_says_counts_more(tmp_path: Path) -> None:
    mine = LogSource(product="cisco", service="aaa")
    (event,) = read(tmp_path / "x.log", "Feb  1 01:02:03 sw1 aaa: x\n", log_source=mine)
    assert isinstance(event, Event)
    assert event.log_source == mine


def test_without_the_receipt_a_time_without_a_year_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("Feb  1 01:02:03 web1 app: x\n")
    (event,) = read_events(tmp_path / "x.log")
    assert isinstance(event, Event)
    assert event.at is None


def test_bytes_of_another_encoding_are_written_out(tmp_path: Path) -> None:
    event = only(tmp_path / "x.log", b"Feb  1 01:02:03 web1 app: caf\xe9\r\n")
    assert event.fields["message"] == "caf\\xe9"
    wide = only(tmp_path / "y.log", "\ufeffFeb  1 01:02:03 web1 app: 告警\r\n".encode("utf-16-le"))
    assert wide.fields["message"] == "告警"


def test_prose_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(NotAnEventFile, match="nor a text log that is known here"):
        read(tmp_path / "x.txt", "Dear all,\nplease find the minutes below.\nFeb  1 01:02:03 web1 app: x\n")


LINES = st.one_of(
    st.binary(max_size=80).map(lambda some: some.replace(b"\n", b"")),
    st.sampled_from(
        [
            b"Feb  1 01:02:03 web1 app[1]: x",
            b'type=EXECVE msg=audit(1.000:3): a0="x',
            b'203.0.113.9 - - [10/Feb/2026:13:55:36 +0100] "GET / HTTP/1.1" 200 1',
            b"#Fields: date time",
            b"2026-02-10 13:55:36",
            b"<34>1 - - - - - [",
            b"1770732936.450 1 c TCP_MISS/200 1 GET http://[ u p t",
        ]
    ),
)


@settings(max_examples=300)
@given(st.lists(LINES, max_size=12))
def test_every_line_is_an_event_or_kept_and_nothing_else_fails(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "x.log"
    path.write_bytes(b"\n".join([b"Feb  1 01:02:03 web1 app[1]: x"] * (len(lines) + 1) + lines))
    found = list(read_events(path, received_at=RECEIVED))
    texts = [line.decode("utf-8", "backslashreplace").strip("\x00").rstrip("\r\n").strip("\ufeff") for line in lines]
    assert len(found) == len(lines) + 1 + sum(bool(text.strip()) for text in texts)


@pytest.mark.parametrize(
    "line", ["a" * 200_000, "a=" * 100_000, 'k="' * 70_000, "[" * 200_000, '"\\' * 100_000, "x " * 99_000]
)
@pytest.mark.parametrize(
    ("good", "before"),
    [
        ("Feb  1 01:02:03 w a: x", "Feb  1 01:02:03 w a: "),
        ("<34>1 - h a - - - x", "<34>1 - h a - - [x "),
        ("type=A msg=audit(1.000:1): a=b", "type=A msg=audit(1.000:1): "),
        ('203.0.113.9 - - [10/Feb/2026:13:55:36 +0100] "GET / HTTP/1.1" 200 1', f'203.0.113.9 - - {CLF} "'),
        ("1770732936.450 1 c TCP_MISS/200 1 GET http://h/ u p t", "1770732936.450 1 c TCP_MISS/200 1 GET "),
        ("#Fields: a b", "x "),
    ],
    ids=["RFC 3164", "RFC 5424", "audit", "combined", "Squid", "W3C"],
)
def test_a_long_line_is_read_in_linear_time(tmp_path: Path, good: str, before: str, line: str) -> None:
    """Ends at all: a pattern that looks at each place again would take hours."""
    found = read(tmp_path / "x.log", f"{good}\n" * 3 + before + line)
    events = 0 if good.startswith("#") else 3
    assert all(isinstance(each, Event) for each in found[:events])
    assert len(found) == events + 1, "the long line is an event, or is kept with the reason"


def test_real_logs_are_read_whole(shared_data: Path) -> None:
    for name, service in (("Linux", "syslog"), ("OpenSSH", "sshd")):
        path = shared_data / "loghub" / name / f"{name}_2k.log"
        found = list(read_events(path, received_at=RECEIVED))
        assert len(found) == 2_000
        assert not [each for each in found if isinstance(each, Unreadable)]
        services = Counter(each.log_source.service for each in found if isinstance(each, Event))
        assert services.most_common(1)[0][0] == service
        assert all(each.at for each in found if isinstance(each, Event))
