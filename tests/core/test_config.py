"""Settings have defaults, and a bad one is told in one line."""

from pathlib import Path

import pytest

from portal.core.config import SettingError, load_settings


def test_every_setting_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.data_dir == tmp_path / "instance"
    assert settings.sqlalchemy_url == f"sqlite:///{tmp_path}/instance/portal.db"
    assert settings.languages == ("en", "ja")


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("PORTAL_LANGUAGES", "en,fr", "comma-separated list"),
        ("PORTAL_TIME_ZONE", "Mars/Olympus", "IANA zone"),
        ("PORTAL_DATABASE_URL", "mysql://x", "postgresql://"),
        ("PORTAL_TRUSTED_PROXIES", "-1", "whole number"),
        ("PORTAL_DEFAULT_LANGUAGE", "de", "en or ja"),
        ("PORTAL_BASE_URL", "ftp://x", "https://"),
    ],
)
def test_a_bad_value_names_the_variable_the_value_and_what_is_allowed(
    variable: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingError) as caught:
        load_settings({variable: value})
    message = str(caught.value)
    assert variable in message
    assert value in message
    assert allowed in message
    assert "\n" not in message


def test_the_default_language_has_to_be_offered() -> None:
    with pytest.raises(SettingError, match="PORTAL_DEFAULT_LANGUAGE"):
        load_settings({"PORTAL_LANGUAGES": "ja"})


def test_postgresql_is_reached_with_psycopg() -> None:
    settings = load_settings({"PORTAL_DATABASE_URL": "postgresql://me@host/name"})
    assert settings.sqlalchemy_url == "postgresql+psycopg://me@host/name"


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = load_settings({"PORTAL_DATA_DIR": str(tmp_path)})
    first = settings.signing_key()
    assert settings.signing_key() == first
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
