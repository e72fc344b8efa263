from __future__ import annotations

import stat
from pathlib import Path

import pytest

from burgrave.site import environment
from burgrave.site.environment import BadSetting


def test_the_state_directory_is_made_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURGRAVE_HOME", str(tmp_path / "deep" / "home"))
    home = environment.home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.parametrize(("word", "meant"), [("1", True), ("Yes", True), ("off", False), ("", False), (" 0 ", False)])
def test_a_switch_is_read(monkeypatch: pytest.MonkeyPatch, word: str, meant: bool) -> None:  # noqa: FBT001 - a table
    monkeypatch.setenv("BURGRAVE_HTTPS", word)
    assert environment.flag("BURGRAVE_HTTPS") is meant


def test_a_switch_that_says_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURGRAVE_HTTPS", "maybe")
    with pytest.raises(BadSetting, match="BURGRAVE_HTTPS is a switch: expected 1 or 0, got 'maybe'"):
        environment.flag("BURGRAVE_HTTPS")


def test_the_session_key_is_made_once_and_kept_secret(tmp_path: Path) -> None:
    key = environment.secret_key(tmp_path)
    assert len(key) == 64
    assert environment.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_session_key_that_was_cut_is_refused_with_its_mend(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(BadSetting, match=r"holds 5 characters, expected 64\. Delete the file"):
        environment.secret_key(tmp_path)


def test_host_names_are_added_to_the_loopback_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURGRAVE_HOSTS", "burgrave.example.org, ,b.example.org")
    names = environment.hosts()
    assert names == ["localhost", "127.0.0.1", "[::1]", "burgrave.example.org", "b.example.org"]
    assert environment.trusted_origins(names, https=False) == []
    assert "https://burgrave.example.org" in environment.trusted_origins(names, https=True)


@pytest.mark.parametrize("value", ["0", "-1", "8 GiB"])
def test_a_size_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BURGRAVE_MAX_UPLOAD_BYTES", value)
    with pytest.raises(BadSetting, match="a number of bytes above 0"):
        environment.max_upload_bytes()


def test_sizes_have_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BURGRAVE_MAX_UPLOAD_BYTES", raising=False)
    assert environment.max_upload_bytes() == environment.DEFAULT_MAX_UPLOAD_BYTES
    monkeypatch.setenv("BURGRAVE_MAX_UPLOAD_BYTES", "12")
    assert environment.max_upload_bytes() == 12


def test_the_passphrase_comes_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BURGRAVE_KEY_PASSPHRASE_FILE", raising=False)
    assert environment.key_passphrase() is None
    file = tmp_path / "phrase"
    monkeypatch.setenv("BURGRAVE_KEY_PASSPHRASE_FILE", str(file))
    with pytest.raises(BadSetting, match="No such file"):
        environment.key_passphrase()
    file.write_text("\n")
    with pytest.raises(BadSetting, match="is empty, expected a passphrase"):
        environment.key_passphrase()
    file.write_text("open sesame\n")
    assert environment.key_passphrase() == b"open sesame"


def test_a_database_is_sqlite_or_postgresql_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert environment.database(tmp_path)["ENGINE"].endswith("sqlite3")
    monkeypatch.setenv("DATABASE_URL", "postgresql://burgrave@127.0.0.1:5432/office")
    entry = environment.database(tmp_path)
    assert (entry["ENGINE"], entry["NAME"]) == ("django.db.backends.postgresql", "office")
    monkeypatch.setenv("DATABASE_URL", "mysql://somewhere/office")
    with pytest.raises(BadSetting, match="must name a PostgreSQL database, got the scheme 'mysql'"):
        environment.database(tmp_path)


def test_without_a_setting_the_state_lies_beside_the_makefile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    checkout = Path(environment.__file__).resolve().parents[3]
    assert environment.default_home() == checkout / "var"
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "site-packages/burgrave/site/environment.py"))
    assert environment.default_home() == tmp_path / "var"


def test_the_key_of_the_factors_is_made_once_beside_that_of_the_sessions(tmp_path: Path) -> None:
    key = environment.factor_key(tmp_path)
    assert environment.factor_key(tmp_path) == key
    assert environment.secret_key(tmp_path).encode() != key
    assert stat.S_IMODE((tmp_path / "factor_key").stat().st_mode) == 0o600
    (tmp_path / "factor_key").write_text("cut")
    with pytest.raises(BadSetting, match="factor_key in the state directory holds 3 characters"):
        environment.factor_key(tmp_path)


@pytest.mark.parametrize("minutes", ["0", "-1", "1441", "soon"])
def test_the_minutes_of_a_proof_are_a_number_within_a_day(monkeypatch: pytest.MonkeyPatch, minutes: str) -> None:
    monkeypatch.setenv("BURGRAVE_CONFIRMATION_MINUTES", minutes)
    with pytest.raises(BadSetting, match="from 1 to 1440"):
        environment.confirmation_minutes()


def test_passwords_are_on_unless_they_are_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BURGRAVE_PASSWORD_SIGN_IN", raising=False)
    assert environment.password_sign_in() is True
    monkeypatch.setenv("BURGRAVE_PASSWORD_SIGN_IN", "0")
    assert environment.password_sign_in() is False


OIDC = """
[[provider]]
kind = "oidc"
slug = "office"
name = "Office"
issuer = "https://idp.example"
client_id = "burgrave"
client_secret_file = "office.secret"
"""


def test_identity_providers_are_read_with_the_files_beside_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BURGRAVE_IDENTITY_PROVIDERS", raising=False)
    assert environment.identity_providers() == ()
    (tmp_path / "office.secret").write_text("s3cret\n")
    (tmp_path / "providers.toml").write_text(OIDC)
    monkeypatch.setenv("BURGRAVE_IDENTITY_PROVIDERS", str(tmp_path / "providers.toml"))
    (provider,) = environment.identity_providers()
    assert provider.slug == "office"
    assert "s3cret" not in repr(provider)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[provider]", "BURGRAVE_IDENTITY_PROVIDERS: "),
        ("provider = 1", "tables"),
        (OIDC.replace("office.secret", "gone.secret"), "reading BURGRAVE_IDENTITY_PROVIDERS: No such file"),
        (OIDC.replace('client_secret_file = "office.secret"', 'client_secret = "x"'), "into a file of its own"),
        (OIDC.replace("https", "http"), "provider 1: issuer: an address of https"),
    ],
    ids=["no-toml", "no-tables", "no-secret", "secret-inside", "open-address"],
)
def test_a_bad_file_of_identity_providers_is_refused_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    (tmp_path / "office.secret").write_text("s3cret")
    (tmp_path / "providers.toml").write_text(text)
    monkeypatch.setenv("BURGRAVE_IDENTITY_PROVIDERS", str(tmp_path / "providers.toml"))
    with pytest.raises(BadSetting, match=sentence):
        environment.identity_providers()
