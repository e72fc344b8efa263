"""How columns of security logs are called, in English, Chinese, German, French, Spanish and Italian."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_SPELLED: Final = """
EventID: event id, eventcode, event code, id, 事件 id, 事件id, 事件编号, 事件代码, 事件标识, Ereignis-ID,
    Ereigniskennung, Ereignisnummer, ID de l'événement, ID événement, identifiant d'événement,
    identifiant de l'événement, numéro d'événement, Id. del evento, Id. de evento, identificador de evento,
    identificador del evento, ID evento, ID dell'evento, codice evento, identificatore evento
Provider_Name: provider, source name, provider name, providername, event source, 来源, 事件来源, 提供程序, Quelle,
    Ereignisquelle, Anbieter, Anbietername, fournisseur, nom du fournisseur, source de l'événement, origen,
    origen del evento, proveedor, nombre del proveedor, origine, origine evento, nome provider
Channel: log name, logname, log, event log, 日志名称, 通道, 日志通道, Protokollname, Kanal, Ereignisprotokoll,
    journal, nom du journal, canal, nombre de registro, nombre del registro, registro de eventos, nome registro,
    registro eventi, canale
Message: message, msg, event message, message text, 消息, 信息, 日志内容, 消息内容, 事件描述, Meldung, Meldungstext,
    Nachricht, Ereignismeldung, texte du message, message de l'événement, mensaje, texto del mensaje, messaggio,
    testo del messaggio
Computer: host, hostname, host name, device, device name, machine, computer name, 计算机, 主机, 主机名, 计算机名,
    设备, 设备名称, 主机名称, Rechner, Rechnername, Computername, Gerät, Gerätename, Hostname, ordinateur,
    nom de l'ordinateur, hôte, nom d'hôte, nom de machine, poste de travail, nom du poste, appareil,
    nom de l'appareil, équipement, equipo, nombre de equipo, nombre del equipo, nombre de host, máquina, dispositivo,
    nombre de dispositivo, nombre del dispositivo, nome computer, nome host, nome dispositivo, macchina,
    nome macchina, postazione
Image: process path, process, exe, executable, image path, process name, new process name, 进程路径, 进程, 映像,
    进程名, 进程名称, 新进程名称, 程序路径, Prozess, Prozesspfad, Prozessname, Neuer Prozessname, Programm,
    Programmpfad, Abbild, Ausführbare Datei, processus, chemin du processus, nom du processus,
    nom du nouveau processus, exécutable, chemin de l'exécutable, programme, proceso, ruta del proceso,
    nombre del proceso, nombre de proceso, nombre del nuevo proceso, ejecutable, ruta del ejecutable, programa,
    processo, percorso processo, percorso del processo, nome processo, nome del processo, nome nuovo processo,
    nome del nuovo processo, eseguibile, programma
CommandLine: command line, cmd, cmdline, command, process command line, 命令行, 进程命令行, 命令, Befehlszeile,
    Kommandozeile, Prozessbefehlszeile, Befehl, ligne de commande, ligne de commande du processus, commande,
    línea de comandos, línea de comando, línea de comandos del proceso, comando, riga di comando, riga comandi,
    riga di comando del processo, linea di comando
ParentImage: parent process, parent process path, parent image, parent path, creator process name,
    parent process name, 父进程, 父进程路径, 父进程名称, 创建者进程名称, Elternprozess, Übergeordneter Prozess,
    Pfad des Elternprozesses, Erstellerprozessname, Name des Erstellerprozesses, processus parent,
    chemin du processus parent, nom du processus parent, nom du processus créateur, proceso padre, proceso primario,
    ruta del proceso padre, nombre del proceso padre, nombre del proceso creador, processo padre, processo genitore,
    percorso processo padre, nome processo padre, nome processo creatore
ParentCommandLine: parent command line, parent cmdline, parent process command line, 父进程命令行, 父命令行,
    Befehlszeile des Elternprozesses, Befehlszeile des übergeordneten Prozesses, ligne de commande parente,
    ligne de commande du parent, ligne de commande du processus parent, línea de comandos del padre,
    línea de comandos del proceso padre, riga di comando padre, riga di comando del padre,
    riga di comando del processo padre
ProcessId: pid, process id, 进程 id, 进程id, 进程标识, Prozess-ID, Prozesskennung, ID du processus, ID processus,
    identifiant du processus, Id. de proceso, Id. del proceso, identificador de proceso, ID processo, ID del processo
ParentProcessId: ppid, parent pid, parent process id, 父进程 id, 父进程id, Elternprozess-ID, ID du processus parent,
    Id. del proceso padre, ID processo padre, ID del processo padre
User: user name, username, account, account name, user, login, 用户, 用户名, 账号, 账户, 账户名, 账户名称, 帐户名,
    登录名, Benutzer, Benutzername, Konto, Kontoname, Anmeldename, utilisateur, nom d'utilisateur,
    nom de l'utilisateur, compte, nom du compte, nom de compte, identifiant de connexion, usuario, nombre de usuario,
    cuenta, nombre de cuenta, nombre de la cuenta, utente, nome utente, nome account
Hashes: hash, hashes, sha256, md5, sha-256, 哈希, 哈希值, Prüfsumme, Hashwert, empreinte, somme de contrôle,
    valeur de hachage, suma de comprobación, valor hash, somma di controllo, valore hash
TargetFilename: file, file path, file name, filename, target file, 文件, 文件路径, 文件名, 目标文件, Datei, Dateipfad,
    Dateiname, Zieldatei, fichier, chemin du fichier, nom du fichier, nom de fichier, fichier cible, archivo, fichero,
    ruta del archivo, nombre de archivo, nombre del archivo, archivo de destino, percorso file, percorso del file,
    nome file, nome del file, file di destinazione
TargetObject: registry key, registry path, key path, 注册表项, 注册表路径, 注册表键, Registrierungsschlüssel,
    Registrierungspfad, Registry-Schlüssel, clé de registre, chemin de registre, clave de registro,
    clave del registro, ruta del registro, chiave di registro, percorso registro
src_ip: source ip, source address, src, source, srcip, client ip, src addr, source ip address, 源 ip, 源ip, 源地址,
    源 ip 地址, 源ip地址, 来源 ip, 来源ip, 来源地址, Quell-IP, Quelladresse, Quell-IP-Adresse, Absenderadresse,
    Absender-IP, IP source, adresse source, adresse IP source, IP de origen, IP origen, dirección de origen,
    dirección origen, dirección IP de origen, IP sorgente, IP di origine, IP origine, indirizzo sorgente,
    indirizzo di origine, indirizzo IP sorgente, indirizzo IP di origine
dst_ip: destination ip, destination address, dst, destination, dstip, dest ip, dst addr, destination ip address,
    目的 ip, 目的ip, 目的地址, 目标地址, 目的 ip 地址, 目的ip地址, 目标 ip, 目标ip, Ziel-IP, Zieladresse,
    Ziel-IP-Adresse, IP destination, IP de destination, adresse destination, adresse de destination,
    adresse IP de destination, IP de destino, IP destino, dirección de destino, dirección destino,
    dirección IP de destino, IP destinazione, IP di destinazione, indirizzo destinazione, indirizzo di destinazione,
    indirizzo IP di destinazione
src_port: source port, srcport, sport, 源端口, 来源端口, Quellport, Quell-Port, port source, puerto de origen,
    puerto origen, porta sorgente, porta di origine, porta origine
dst_port: destination port, dstport, dport, dest port, port, 目的端口, 目标端口, Zielport, Ziel-Port,
    port de destination, port destination, puerto de destino, puerto destino, porta di destinazione,
    porta destinazione
protocol: proto, transport protocol, 协议, Protokoll, Transportprotokoll, protocole, protocolo, protocollo
action: action, act, disposition, 动作, 操作, 处置, Aktion, Maßnahme, acción, azione
c-ip: client, remote address, remote addr, 客户端, 客户端 ip
cs-host: host header, domain, server name, 域名, 站点
cs-method: method, http method, request method, 请求方法, HTTP-Methode, Methode, méthode, méthode HTTP, método,
    método HTTP, metodo, metodo HTTP
c-uri: url, uri, request url, 网址, 请求地址, Webadresse, adresse web, dirección web, indirizzo web
cs-uri-query: query string, uri query, request uri, 请求参数
cs-uri-stem: uri stem, path, request path, 请求路径
c-useragent: user agent, useragent, agent, 用户代理, 浏览器标识, agent utilisateur, agente de usuario, agente utente
cs-referer: referer, referrer, 来源页
sc-status: status, status code, http status, response code, 状态码, Statuscode, HTTP-Status, code d'état,
    code de réponse, código de estado, código de respuesta, codice di stato, codice di risposta
query: query, dns query, query name, 查询域名, 查询, DNS-Abfrage, Abfrage, Abgefragter Name, requête, requête DNS,
    consulta, consulta DNS, richiesta DNS, query DNS
record_type: query type, qtype, record type, 查询类型, Abfragetyp, type de requête, tipo de consulta,
    tipo di richiesta, tipo di query
answer: answer, answers, response, 应答, Antwort, réponse, respuesta, risposta
"""
"""A field, and how else its column is named; a line that begins with blanks goes on."""
_ALONE: Final = """
timestamp, @timestamp, time, datetime, date time, date/time, date and time, event time, eventtime, time generated,
timecreated, time created, created, start time, utc time, log time, receive time, generated time,
时间, 时间戳, 日期时间, 日期和时间, 发生时间, 产生时间, 记录时间, 事件时间, 创建时间, 生成时间, 登录时间,
Zeit, Zeitstempel, Datum und Uhrzeit, Datum/Uhrzeit, Datum/Zeit, Zeitpunkt, Ereigniszeit, Ereigniszeitpunkt, Erstellt,
Protokolliert, Startzeit, horodatage, date et heure, date/heure, heure, heure de l'événement, date de l'événement,
date de création, fecha y hora, fecha/hora, marca de tiempo, hora, hora del evento, fecha del evento, fecha de creación,
data e ora, data/ora, marca temporale, ora, orario, ora evento, ora dell'evento, data evento, data creazione
"""
_PAIRS: Final = (
    ("date", "time"), ("日期", "时间"), ("event date", "event time"), ("Datum", "Uhrzeit"), ("Datum", "Zeit"),
    ("date", "heure"), ("fecha", "hora"), ("data", "ora"), ("data", "orario"),
)  # fmt: skip
_MARK: Final = "Mn"
_GAPS: Final = re.compile(r"[\W_]+")


def key_of(name: str) -> str:
    """A column name as it is looked for: small letters without accents, whatever is none of them one blank."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    bare = "".join(letter for letter in letters if unicodedata.category(letter) != _MARK)
    return " ".join(_GAPS.sub(" ", bare).split())


def _spellings() -> Mapping[str, str]:
    by: dict[str, str] = {}
    for line in _SPELLED.replace("\n   ", " ").strip().splitlines():
        field, _colon, others = line.partition(":")
        for each in (field, *others.split(",")):
            by.setdefault(key_of(each), field)
    return by


FIELD_BY_KEY: Final = _spellings()
"""The field of every spelling."""
FIELD_NAMES: Final = tuple(dict.fromkeys(FIELD_BY_KEY.values()))
"""Fields that a person is offered; any other may be typed."""
TIME_KEYS: Final = tuple(dict.fromkeys(key_of(each) for each in _ALONE.replace("\n", " ").split(",")))
"""Columns that hold a whole time, the surest first."""
TIME_PAIR_KEYS: Final = tuple((key_of(day), key_of(clock)) for day, clock in _PAIRS)
"""Columns one of which holds the day and the other one the time of day."""
WORDS_FOR_SOURCE: Final = frozenset({"source"})
"""The source of packets in most tables, and in those of an event log what wrote the event."""
