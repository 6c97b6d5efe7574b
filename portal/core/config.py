"""Settings: one frozen dataclass, read once from `PORTAL_…` environment variables."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from email.headerregistry import Address
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, available_timezones

PREFIX: Final = "PORTAL_"
TLS_MODES: Final = ("none", "starttls", "implicit")
_SENDER: Final = re.compile(r"(?:([^<>@,;\"]*)<)?([!-;=?-~]+@[a-zA-Z0-9.-]+)>?")


class SettingError(Exception):
    """A setting cannot be used; one line that names the variable, the value and what is allowed."""


def _setting(parse: Callable[[str], Any], default: str, meaning: str, allowed: str) -> Any:
    """Declare a setting: how its text becomes a value, its default text, and what a person is told."""
    return field(metadata={"parse": parse, "default": default, "meaning": meaning, "allowed": allowed})


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text and urlsplit(text).scheme not in schemes:
            raise ValueError(text)
        return text

    return parse


def _embedder(text: str) -> str:
    if text == "off":
        return text
    float(dict(parse_qsl(urlsplit(text).query)).get("least", 0))
    return _url("http", "https")(text)


def _mail_url(text: str) -> str:
    parts = urlsplit(_url("smtp", "file", "console")(text))
    query = dict(parse_qsl(parts.query))
    if parts.scheme == "smtp" and (not parts.hostname or parts.port == 0):  # A port that is none raises here.
        raise ValueError(text)
    if query.keys() - {"tls"} or query.get("tls", TLS_MODES[0]) not in TLS_MODES:
        raise ValueError(text)
    if parts.scheme == "file" and not parts.path:
        raise ValueError(text)
    return text


def _mail_from(text: str) -> str:
    if text and not (_SENDER.fullmatch(text) and text.isprintable()):
        raise ValueError(text)
    return text


def _directory(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _languages(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in text.split(",") if code.strip())
    if not codes or not set(codes) <= {"en", "ja"}:
        raise ValueError(text)
    return codes


def _zone(text: str) -> ZoneInfo:
    if text not in available_timezones():
        raise ValueError(text)
    return ZoneInfo(text)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return parse


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How this site runs; every value has a default that works on one machine."""

    data_dir: Path = _setting(
        _directory, "instance", "Where the database, index, uploads and secret live.", "a directory"
    )
    database_url: str = _setting(
        _url("sqlite", "postgresql"),
        "",
        "The database; empty for SQLite in the data directory.",
        "sqlite:///FILE or postgresql://USER@HOST/NAME",
    )
    secret_key: str = _setting(
        str, "", "Signs cookies and links; empty to make one and keep it in the data directory.", "any text"
    )
    base_url: str = _setting(
        _url("http", "https"),
        "http://127.0.0.1:5000",
        "The site's own address, for links in mails and feeds.",
        "http://… or https://…",
    )
    site_name: str = _setting(str, "Engawa", "The name in the header and in mails.", "any text")
    default_language: str = _setting(
        _one_of("en", "ja"), "en", "The language of a reader who asks for none.", "en or ja"
    )
    languages: tuple[str, ...] = _setting(
        _languages, "en,ja", "The languages offered.", "a comma-separated list of en and ja"
    )
    time_zone: ZoneInfo = _setting(
        _zone,
        "Asia/Tokyo",
        "The zone in which a day begins and ends in figures.",
        "an IANA zone such as Asia/Tokyo",
    )
    queue_url: str = _setting(
        _url("postgresql", "redis"),
        "",
        "The queue that wakes workers; empty for a SQLite file in the data directory.",
        "postgresql://… or redis://…",
    )
    redis_url: str = _setting(
        _url("redis", "rediss"),
        "",
        "Where rate limits are counted; empty for this process's memory.",
        "redis://HOST:PORT/DB",
    )
    embedding_url: str = _setting(
        _embedder,
        "",
        "The model of meaning for search; empty for the bundled one where the extra `semantic` is installed.",
        "off, or an endpoint such as https://:KEY@HOST/v1/embeddings?model=NAME&least=0.35",
    )
    held_posts: str = _setting(
        _one_of("suspicious", "first"),
        "suspicious",
        "Which posts wait for a moderator: what looks like spam, or with it whatever a person writes first.",
        "suspicious or first",
    )
    mail_url: str = _setting(
        _mail_url,
        "",
        "How mail is sent; empty for none: people then read their inbox.",
        "smtp://USER:PASSWORD@HOST:PORT?tls=starttls (or implicit, none), file:DIRECTORY or console:",
    )
    mail_from: str = _setting(
        _mail_from,
        "",
        "Who mails come from; empty for the site's name, with no-reply at the site's host.",
        "an address, or NAME <ADDRESS>",
    )
    trusted_proxies: int = _setting(
        _count, "0", "How many proxies in front set X-Forwarded headers.", "a whole number"
    )

    @property
    def sqlalchemy_url(self) -> str:
        """The database address as SQLAlchemy wants it."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'portal.db'}"
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def uploads_dir(self) -> Path:
        """Where stored files live."""
        return self.data_dir / "files"

    @property
    def index_dir(self) -> Path:
        """Where the search index lives; it may be deleted at any time."""
        return self.data_dir / "index"

    @property
    def uses_https(self) -> bool:
        """Whether cookies may insist on an encrypted connection."""
        return self.base_url.startswith("https://")

    @property
    def mail_sender(self) -> Address:
        """Who mails come from."""
        name, address = ("", "")
        if found := _SENDER.fullmatch(self.mail_from):
            name, address = (found[1] or "").strip(), found[2]
        address = address or f"no-reply@{urlsplit(self.base_url).hostname}"
        username, _, domain = address.rpartition("@")
        return Address(display_name=name or self.site_name, username=username, domain=domain)

    def signing_key(self) -> str:
        """Return the secret key, made on first use and readable by its owner only."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key := secrets.token_hex(32))
        return key


def variable_of(setting: Field[Any]) -> str:
    """Return the name of the environment variable behind a setting."""
    return PREFIX + setting.name.upper()


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read all settings.

    Raises:
        SettingError: a value cannot be used, or a `PORTAL_` variable is not a setting.
    """
    known = {variable_of(setting): setting for setting in fields(Settings)}
    values: dict[str, Any] = {}
    for variable, setting in known.items():
        text = environment.get(variable, setting.metadata["default"])
        try:
            values[setting.name] = setting.metadata["parse"](text)
        except ValueError:
            message = f"{variable}={text!r} cannot be used: give {setting.metadata['allowed']}"
            raise SettingError(message) from None
    if values["default_language"] not in values["languages"]:
        raise SettingError(
            f"PORTAL_DEFAULT_LANGUAGE={values['default_language']!r} cannot be used: "
            f"give one of PORTAL_LANGUAGES ({', '.join(values['languages'])})"
        )
    return Settings(**values)
