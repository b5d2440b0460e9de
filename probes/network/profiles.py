"""What conferencing services need, as data: hosts, ports, expectations."""

from __future__ import annotations

import codecs
import functools
import stat
import sys
import urllib.parse
from pathlib import Path
from typing import Annotated

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service. url: its join page. status: what it may answer. source, date: where the facts stand, when read."""

    name: str
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s:@]")]
    status: tuple[int, ...] = (200, 204, 301, 302, 303, 307, 308, 401, 403, 404)
    content: str = ""
    stun: tuple[str, ...] = ()
    media_udp: tuple[str, ...] = ()
    source: Annotated[str, msgspec.Meta(min_length=1)]
    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    note: str = ""


def host_of(profile: Profile) -> str:
    return urllib.parse.urlsplit(profile.url).hostname or ""


def port_of(profile: Profile) -> int:
    parts = urllib.parse.urlsplit(profile.url)
    return parts.port or (443 if parts.scheme == "https" else 80)


class ProfileError(Exception):
    """The file cannot be used; the message names file, place and remedy."""


def _default_file() -> Path:
    system = Path("/etc/roomwatch/services.toml")
    if system.is_file():
        return system
    source = Path(__file__).resolve().parents[2] / "config/services.toml"
    return source if source.is_file() else Path(sys.prefix) / "share/roomwatch/config/services.toml"


@functools.lru_cache(maxsize=4)
def _load(file: Path, _changed: int) -> dict[str, Profile]:
    found: dict[str, Profile] = {}
    for ident, table in msgspec.toml.decode(file.read_bytes().removeprefix(codecs.BOM_UTF8)).items():
        try:
            found[ident] = msgspec.convert(table, Profile)
        except msgspec.ValidationError as error:
            if isinstance(table, dict) and "`$.url`" in str(error):
                raise ValueError(f"{ident}.url is no address such as https://…") from None
            raise ValueError(f"[{ident}]: {str(error).replace('Object', 'it').replace('`', '')}") from None
    return found


def load(file: str = "") -> dict[str, Profile]:
    """Every profile by id. Raises ProfileError."""
    path = Path(file) if file else _default_file()
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
            raise ProfileError(f"{path}: is no file")
        return _load(path, found.st_mtime_ns)
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}") from None
    except RecursionError:
        raise ProfileError(f"{path}: brackets are nested too deeply") from None
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as error:
        raise ProfileError(f"{path}: {error}") from None
