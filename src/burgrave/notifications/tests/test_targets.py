"""Where a webhook may lead: attacks on the inside by way of an address, a name, a redirect, a spelling."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from burgrave.notifications.errors import BadTarget
from burgrave.notifications.rules.targets import all_allowed, must_be_allowed, target_of
from burgrave.notifications.terms import ANYWHERE, TargetRules

LOOPBACK = TargetRules(allow_http=True, networks=(ip_network("127.0.0.0/8"),))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2001:db8::1",
    ],
)
def test_an_address_inside_is_refused_however_it_is_written(address: str) -> None:
    with pytest.raises(BadTarget, match="it lies inside"):
        must_be_allowed(ip_address(address), ANYWHERE)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14"])
def test_an_address_out_there_is_allowed(address: str) -> None:
    must_be_allowed(ip_address(address), ANYWHERE)


def test_teredo_hides_nothing() -> None:
    with pytest.raises(BadTarget):
        must_be_allowed(ip_address("2001:0:7f00:1::"), ANYWHERE)


def test_a_network_that_the_operator_names_is_allowed_and_no_other() -> None:
    must_be_allowed(ip_address("127.0.0.1"), LOOPBACK)
    with pytest.raises(BadTarget):
        must_be_allowed(ip_address("10.0.0.1"), LOOPBACK)
    with pytest.raises(BadTarget):
        must_be_allowed(ip_address("::1"), LOOPBACK)


def test_a_name_with_one_address_inside_is_refused_altogether() -> None:
    public, inside = ip_address("93.184.215.14"), ip_address("127.0.0.1")
    assert all_allowed([public], ANYWHERE) == (public,)
    with pytest.raises(BadTarget):
        all_allowed([public, inside], ANYWHERE)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://hooks.example.org/", "leads over TLS"),
        ("ftp://hooks.example.org/", "leads over TLS"),
        ("file:///etc/passwd", "leads over TLS"),
        ("hooks.example.org", "leads over TLS"),
        ("https://", "needs a host name"),
        ("https:///x", "needs a host name"),
        ("https://user@hooks.example.org/", "no name, no password"),
        ("https://user:pass@hooks.example.org/", "no name, no password"),
        ("https://hooks.example.org/#x", "no fragment"),
        ("https://127.0.0.1/", "lies inside"),
        ("https://[::1]/", "lies inside"),
        ("https://169.254.169.254/latest/meta-data/", "lies inside"),
        ("https://2130706433/", "needs a host name"),
        ("https://127.1/", "needs a host name"),
        ("https://0x7f.0.0.1/", "needs a host name"),
        ("https://-x.example.org/", "needs a host name"),
        ("https://hooks.example.org:99999/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://hooks.example.org/a b", "printable ASCII"),
        ("https://hooks.example.org/\r\nX: y", "printable ASCII"),
        ("https://hooks.example.org\\@127.0.0.1/", "printable ASCII"),
        ("https://hööks.example.org/", "printable ASCII"),
        ("https://hooks.example.org/" + "x" * 500, "at most 500"),
    ],
)
def test_an_address_that_leads_astray_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(BadTarget, match=sentence):
        target_of(url, ANYWHERE)


def test_a_good_address_is_taken_apart() -> None:
    target = target_of("https://Hooks.Example.org/burgrave?room=7", ANYWHERE)
    assert (target.host, target.port, target.path) == ("hooks.example.org", 443, "/burgrave?room=7")
    assert target.authority == "hooks.example.org"
    assert target_of("https://hooks.example.org:8443", ANYWHERE).authority == "hooks.example.org:8443"
    assert target_of("https://[2606:4700::1111]:8443/", ANYWHERE).authority == "[2606:4700::1111]:8443"
    assert target_of("http://127.0.0.1:9/", LOOPBACK).port == 9
