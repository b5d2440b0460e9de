"""Which proxy this machine's browsers and desktop are told to use: policies of browsers, defaults of GNOME and KDE.

Reads what an administrator wrote for the whole machine below /etc. What a user chose for himself is not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ETC = Path("/etc")
POLICIES = ("chromium/policies", "chromium-browser/policies", "opt/chrome/policies", "opt/edge/policies")
"""Folders of Chromium and its relatives, each with "managed" and "recommended"."""
MOST_FILES = 32
MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class NamedProxy:
    """script: the address of a PAC script. server: the URL of one proxy for everything but ``bypass``.

    Of both one is "". file: where it stands.
    """

    script: str = ""
    server: str = ""
    bypass: tuple[str, ...] = ()
    file: str = ""

    def bypasses(self, host: str) -> bool:
        """Whether a host is reached past the server. A pattern with a dot in front means the names below it."""
        return any(
            ("." not in host if one == "<local>" else fnmatch(host, f"*{one}" if one.startswith(".") else one))
            for one in self.bypass
        )


def named(etc: Path = ETC) -> NamedProxy:
    """The first that is found; browsers go before desktops, as they do themselves. Empty where nothing names one."""
    found = (*_chromium(etc), *_firefox(etc), *_gnome(etc), *_kde(etc))
    return next((one for one in found if one.script or one.server), NamedProxy())


def _files(etc: Path, *patterns: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        for file in sorted(etc.glob(pattern))[:MOST_FILES]:
            with suppress(OSError):
                if file.is_file() and file.stat().st_size <= MOST_BYTES:
                    yield str(file), file.read_text(encoding="utf-8", errors="replace")


def _json(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(table: Mapping[str, Any], key: str) -> str:
    found = table.get(key)
    return found.strip() if isinstance(found, str) else ""


def _chromium(etc: Path) -> Iterator[NamedProxy]:
    patterns = (f"{folder}/{kind}/*.json" for folder in POLICIES for kind in ("managed", "recommended"))
    for file, text in _files(etc, *patterns):
        policy = _json(text)
        inner = policy.get("ProxySettings")
        table = inner if isinstance(inner, dict) else policy
        mode = _text(table, "ProxyMode")
        if mode in ("", "pac_script"):
            yield NamedProxy(script=_text(table, "ProxyPacUrl"), file=file)
        if mode in ("", "fixed_servers"):
            bypass = _text(table, "ProxyBypassList").replace(";", ",").split(",")
            yield _server(_text(table, "ProxyServer"), bypass, file)


def _firefox(etc: Path) -> Iterator[NamedProxy]:
    for file, text in _files(etc, "firefox/policies/policies.json", "firefox-esr/policies/policies.json"):
        policies = _json(text).get("policies")
        table = policies.get("Proxy") if isinstance(policies, dict) else None
        if isinstance(table, dict) and _text(table, "Mode") == "autoConfig":
            yield NamedProxy(script=_text(table, "AutoConfigURL"), file=file)
        elif isinstance(table, dict) and _text(table, "Mode") == "manual":
            server = _text(table, "SSLProxy") or _text(table, "HTTPProxy")
            yield _server(server, _text(table, "Passthrough").split(","), file)


def _gnome(etc: Path) -> Iterator[NamedProxy]:
    """The keyfiles that dconf's databases are made of."""
    place = "org/gnome/system/proxy"
    for file, text in _files(etc, "dconf/db/*.d/*"):
        values = _ini(text)
        mode = values.get((place, "mode"), "").strip("'\"")
        if mode == "auto":
            yield NamedProxy(script=values.get((place, "autoconfig-url"), "").strip("'\""), file=file)
        elif mode == "manual":
            host = values.get((f"{place}/https", "host"), "").strip("'\"")
            port = values.get((f"{place}/https", "port"), "").strip()
            hosts = values.get((place, "ignore-hosts"), "").strip("[] ").replace("'", "").replace('"', "")
            yield _server(f"{host}:{port}" if host and port not in ("", "0") else "", hosts.split(","), file)


def _kde(etc: Path) -> Iterator[NamedProxy]:
    for file, text in _files(etc, "xdg/kioslaverc"):
        values = _ini(text)
        if values.get(("Proxy Settings", "ProxyType")) == "2":
            yield NamedProxy(script=values.get(("Proxy Settings", "Proxy Config Script"), ""), file=file)


def _server(text: str, bypass: list[str], file: str) -> NamedProxy:
    """text: "host:port", a URL, or "http=…;https=…"."""
    kinds = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    server = (kinds.get("https") or kinds.get("http") or "") if kinds else text.split(";")[0]
    url = server if "://" in server or not server else f"http://{server}"
    return NamedProxy(server=url, bypass=tuple(one.strip() for one in bypass if one.strip()), file=file)


def _ini(text: str) -> dict[tuple[str, str], str]:
    """(section, key) → value; a group of KDE's may end in "[$i]", which forbids changes."""
    found: dict[tuple[str, str], str] = {}
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line[1:].partition("]")[0]
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[section, key.partition("[")[0].strip()] = value.strip()
    return found
