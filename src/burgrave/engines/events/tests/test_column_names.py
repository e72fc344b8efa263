"""Columns are understood in the languages in which programs write them."""

from __future__ import annotations

import pytest

from burgrave.engines.events.tables import FORMATS, first_rows, suggested
from burgrave.engines.events.tables.names import FIELD_BY_KEY, TIME_KEYS, TIME_PAIR_KEYS, key_of
from burgrave.engines.events.tables.suggesting import field_of
from burgrave.engines.events.tables.terms import Clock
from burgrave.engines.events.terms import LogSource

PROCESSES = LogSource("windows", "process_creation")
FIREWALL = LogSource("", "firewall")


@pytest.mark.parametrize(
    ("header", "row", "fields", "clock", "source"),
    [
        ("Zeitstempel;Rechner;Benutzer;Prozess;Befehlszeile;Elternprozess;Prozess-ID",
         "26.11.2026, 14:05:01;PC-1;x;C:\\a.exe;a /b;C:\\p.exe;7",
         ("", "Computer", "User", "Image", "CommandLine", "ParentImage", "ProcessId"),
         Clock(columns=("Zeitstempel",), form="%d.%m.%Y, %H:%M:%S"), PROCESSES),
        ("Ebene;Datum und Uhrzeit;Quelle;Ereignis-ID;Aufgabenkategorie;Meldung",
         "Fehler;26.11.2026 14:05:01;Sysmon;1;x;y",
         ("", "", "Provider_Name", "EventID", "", "Message"),
         Clock(columns=("Datum und Uhrzeit",), form="%d.%m.%Y %H:%M:%S"), LogSource()),
        ("Datum;Uhrzeit;Quelladresse;Zieladresse;Zielport;Protokoll;Aktion",
         "26.11.2026;14:05:01;1.2.3.4;5.6.7.8;22;TCP;verweigert",
         ("", "", "src_ip", "dst_ip", "dst_port", "protocol", "action"),
         Clock(columns=("Datum", "Uhrzeit"), form="%d.%m.%Y %H:%M:%S"), FIREWALL),
        ("Niveau;Date et heure;Source;ID de l\u2019événement;Catégorie de la tâche",
         "Erreur;26/11/2026 14:05:01;Sysmon;1;x",
         ("", "", "Provider_Name", "EventID", ""),
         Clock(columns=("Date et heure",), form="%d/%m/%Y %H:%M:%S"), LogSource()),
        ("Horodatage,Nom de l'ordinateur,Utilisateur,Nom du processus,Ligne de commande",
         "2026-11-26T14:05:01Z,PC-1,x,C:\\a.exe,a /b",
         ("", "Computer", "User", "Image", "CommandLine"),
         Clock(columns=("Horodatage",)), PROCESSES),
        ("date,heure,adresse source,adresse de destination,port de destination",
         "26/11/2026,14:05:01,1.2.3.4,5.6.7.8,22",
         ("", "", "src_ip", "dst_ip", "dst_port"),
         Clock(columns=("date", "heure"), form="%d/%m/%Y %H:%M:%S"), FIREWALL),
        ("Nivel;Fecha y hora;Origen;Id. del evento;Mensaje", "Error;26/11/2026 14:05:01;Sysmon;1;x",
         ("", "", "Provider_Name", "EventID", "Message"),
         Clock(columns=("Fecha y hora",), form="%d/%m/%Y %H:%M:%S"), LogSource()),
        ("Marca de tiempo;Nombre del equipo;Usuario;Proceso;Línea de comandos;Proceso padre",
         "2026-11-26 14:05:01;PC-1;x;C:\\a.exe;a /b;C:\\p.exe",
         ("", "Computer", "User", "Image", "CommandLine", "ParentImage"),
         Clock(columns=("Marca de tiempo",)), PROCESSES),
        ("FECHA,HORA,DIRECCION DE ORIGEN,DIRECCION DE DESTINO,PUERTO DE DESTINO",
         "26-11-2026,14:05:01,1.2.3.4,5.6.7.8,22",
         ("", "", "src_ip", "dst_ip", "dst_port"),
         Clock(columns=("FECHA", "HORA"), form="%d-%m-%Y %H:%M:%S"), FIREWALL),
        ("Livello;Data e ora;Origine;ID evento;Messaggio", "Errore;26/11/2026 14.05.01;Sysmon;1;x",
         ("", "", "Provider_Name", "EventID", "Message"),
         Clock(columns=("Data e ora",), form="%d/%m/%Y %H.%M.%S"), LogSource()),
        ("data_ora;nome_computer;nome_utente;processo;riga_di_comando", "26/11/2026, 14:05:01;PC-1;x;C:\\a.exe;a /b",
         ("", "Computer", "User", "Image", "CommandLine"),
         Clock(columns=("data_ora",), form="%d/%m/%Y, %H:%M:%S"), PROCESSES),
        ("Data;Ora;Indirizzo IP sorgente;Indirizzo IP di destinazione;Porta di destinazione",
         "26/11/2026;14:05:01;1.2.3.4;5.6.7.8;22",
         ("", "", "src_ip", "dst_ip", "dst_port"),
         Clock(columns=("Data", "Ora"), form="%d/%m/%Y %H:%M:%S"), FIREWALL),
        ("级别,日期和时间,来源,事件 ID,消息",
         "x,2026/11/26 14:05:01,Sysmon,1,y",
         ("", "", "Provider_Name", "EventID", "Message"),
         Clock(columns=("日期和时间",), form="%Y/%m/%d %H:%M:%S"), LogSource()),
        ("时间,计算机名,账户名称,新进程名称,进程命令行",
         "2026年11月26日 14时05分01秒,PC-1,x,C:\\a.exe,a /b",
         ("", "Computer", "User", "Image", "CommandLine"),
         Clock(columns=("时间",), form="%Y年%m月%d日 %H时%M分%S秒"), PROCESSES),
        ("Level,Date and Time,Source,Event ID", "x,2026-11-26 14:05:01,Sysmon,1",
         ("", "", "Provider_Name", "EventID"), Clock(columns=("Date and Time",)), LogSource()),
        ("Time,Source,Destination", "2026-11-26 14:05:01,1.2.3.4,5.6.7.8",
         ("", "src_ip", "dst_ip"), Clock(columns=("Time",)), LogSource()),
    ],
)  # fmt: skip
def test_headers_as_programs_write_them_are_understood(
    header: str, row: str, fields: tuple[str, ...], clock: Clock, source: LogSource
) -> None:
    rows = first_rows(f"{header}\n{row}\n".encode())
    found = suggested(rows.head.header, rows.rows)
    assert tuple(found.fields.get(column, "") for column in rows.head.header) == fields
    assert (found.clock, found.log_source) == (clock, source)


@pytest.mark.parametrize(
    "written",
    [
        "ID de l'événement",
        "id de l\u2019evenement",
        "ID_DE_L_ÉVÉNEMENT",
        "  Id de  l'e\u0301ve\u0301nement ",
        "ＩＤ de l'événement",
    ],
)
def test_accents_case_width_and_what_stands_between_words_make_no_difference(written: str) -> None:
    assert field_of(written) == "EventID"


def test_no_spelling_has_two_meanings() -> None:
    whole = {key for key in TIME_KEYS if key in FIELD_BY_KEY}
    assert not whole, "a time is no field"
    assert all(
        key == key_of(key) for key in (*FIELD_BY_KEY, *TIME_KEYS, *(each for pair in TIME_PAIR_KEYS for each in pair))
    )
    assert len(FORMATS) == len(set(FORMATS))
    assert field_of("Aufgabenkategorie") == field_of("") == ""
