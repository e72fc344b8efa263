"""What the columns of an example may be: fields as Sigma rules name them, and the column that holds the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from burgrave.engines.events.tables.terms import Clock, TableMapping, plain
from burgrave.engines.events.tables.times import guessed
from burgrave.engines.events.terms import LogSource

_SPELLED: Final = """
EventID: event id, eventcode, event code, id, 事件 id, 事件id, 事件编号
Provider_Name: provider, source name, provider name, providername, 来源
Channel: log name, logname, log, 日志名称, 通道
Computer: host, hostname, host name, device, device name, machine, computer name, 计算机, 主机, 主机名
Image: process path, process, exe, executable, image path, new process name, 进程路径, 进程, 映像
CommandLine: command line, cmd, cmdline, command, process command line, 命令行
ParentImage: parent process, parent process path, parent image, parent path, creator process name, 父进程,
    父进程路径
ParentCommandLine: parent command line, parent cmdline, 父进程命令行, 父命令行
ProcessId: pid, process id, 进程 id, 进程id
User: user name, username, account, account name, user, 用户, 用户名, 账号, 账户
Hashes: hash, hashes, sha256, md5, sha-256, 哈希
TargetFilename: file, file path, file name, filename, target file, 文件, 文件路径, 文件名
TargetObject: registry key, registry path, key path, 注册表项, 注册表路径
src_ip: source ip, source address, src, source, srcip, client ip, src addr, 源 ip, 源ip, 源地址
dst_ip: destination ip, destination address, dst, destination, dstip, dest ip, dst addr, 目的 ip, 目的ip,
    目的地址, 目标地址
src_port: source port, srcport, sport, 源端口
dst_port: destination port, dstport, dport, dest port, port, 目的端口, 目标端口
action: action, act, disposition, 动作, 操作, 处置
c-ip: client, remote address, remote addr, 客户端, 客户端 ip
cs-host: host header, domain, server name, 域名, 站点
cs-method: method, http method, request method, 请求方法
c-uri: url, uri, request url, 网址, 请求地址
cs-uri-query: query string, uri query, request uri, 请求参数
cs-uri-stem: uri stem, path, request path, 请求路径
c-useragent: user agent, useragent, agent, 用户代理, 浏览器标识
cs-referer: referer, referrer, 来源页
sc-status: status, status code, http status, response code, 状态码
query: query, dns query, query name, 查询域名, 查询
record_type: query type, qtype, record type, 查询类型
answer: answer, answers, response, 应答
"""
"""A field, and how else its column is named; a line that begins with blanks goes on."""
_TIMES: Final = (
    "timestamp", "@timestamp", "time", "datetime", "date time", "date/time", "date and time", "event time", "eventtime",
    "time generated", "timecreated", "created", "start time", "utc time", "log time", "receive time", "generated time",
    "时间", "时间戳", "日期时间", "日期和时间", "发生时间", "产生时间", "记录时间", "事件时间",
)  # fmt: skip
_PAIRS: Final = (("date", "time"), ("日期", "时间"), ("event date", "event time"))


def _spellings() -> Mapping[str, str]:
    """The field of every spelling."""
    by: dict[str, str] = {}
    for line in _SPELLED.replace("\n   ", " ").strip().splitlines():
        field, _colon, others = line.partition(":")
        for each in (field, *others.split(",")):
            by.setdefault(plain(each), field)
    return by


_BY: Final = _spellings()
FIELD_NAMES: Final = tuple(dict.fromkeys(_BY.values()))
"""Fields that a person is offered; any other may be typed."""
_WEB: Final = frozenset({"cs-method", "sc-status", "cs-uri-query", "cs-uri-stem"})
_PROXY: Final = frozenset({"c-uri", "cs-host"})
_PROCESS: Final = frozenset({"Image", "CommandLine"})


def suggested(header: Sequence[str], rows: Sequence[Sequence[str]], *, name: str = "") -> TableMapping:
    """A mapping to begin with: nothing of it is certain, and a person looks at what comes of it."""
    fields: dict[str, str] = {}
    for column in header:
        field = field_of(column)
        if field and field not in fields.values() and field != column:
            fields[column] = field
    return TableMapping(
        name=name,
        header=tuple(header),
        fields=fields,
        clock=_clock(header, rows),
        log_source=_source({fields.get(column, column) for column in header}),
    )


def field_of(column: str) -> str:
    """The field that a column of this name may be; empty when nothing comes to mind."""
    return _BY.get(plain(column.replace("_", " ").replace("-", " ")), _BY.get(plain(column), ""))


def _clock(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Clock:
    at = {plain(column.replace("_", " ")): place for place, column in enumerate(header)}
    for pair in _PAIRS:
        if all(each in at for each in pair):
            found = _if_read([at[each] for each in pair], header, rows)
            if found is not None:
                return found
    named = [at[each] for each in _TIMES if each in at]
    others = [place for place in range(len(header)) if place not in named]
    for place in (*named, *others):
        found = _if_read([place], header, rows, only_text=place in others)
        if found is not None:
            return found
    return Clock()


def _if_read(
    places: Sequence[int], header: Sequence[str], rows: Sequence[Sequence[str]], *, only_text: bool = False
) -> Clock | None:
    """The clock of these columns, if all rows have a time there. A bare number is a time only where a name says so."""
    texts = [" ".join(row[place].strip() for place in places) for row in rows if len(row) > max(places)]
    if not texts or (only_text and any(each.replace(".", "").isdecimal() for each in texts)):
        return None
    forms = guessed(texts)
    return Clock(columns=tuple(header[place] for place in places), form=forms[0]) if forms else None


def _source(fields: set[str]) -> LogSource:
    if fields & _PROCESS == _PROCESS:
        return LogSource(product="windows", category="process_creation")
    if fields & _PROXY and fields & _WEB:
        return LogSource(category="proxy")
    if len(fields & _WEB) > 1:
        return LogSource(category="webserver")
    if {"src_ip", "dst_ip", "dst_port"} <= fields:
        return LogSource(category="firewall")
    if {"query", "record_type"} <= fields:
        return LogSource(category="dns")
    return LogSource()
