"""What a web.yml may say: TLS and passwords of the scrapers' endpoint, as Prometheus' exporter-toolkit has them.

What the format allows and this endpoint cannot keep is a problem where it would open more than was asked, else a note.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from alerting.configuration import Secret

CLIENT_AUTH = (
    "NoClientCert",
    "RequestClientCert",
    "RequireClientCert",
    "RequireAnyClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
)
UNVERIFIED = ("RequestClientCert", "RequireClientCert", "RequireAnyClientCert")
"""Any certificate at all passes these; the TLS of Python cannot ask for one without holding it against an authority."""
HEADERS = (
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "X-XSS-Protection",
    "Strict-Transport-Security",
)


class TlsServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """tls_server_config. Paths that are not absolute begin at the folder of the file."""

    cert: str = ""
    key: Secret | None = None
    client_ca: str = ""
    cert_file: str = ""
    key_file: str = ""
    client_ca_file: str = ""
    client_auth_type: str = "NoClientCert"
    client_allowed_sans: tuple[str, ...] = ()
    min_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] = "TLS12"
    max_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True
    curve_preferences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wrong = []
        for text, file, name in (
            (self.cert, self.cert_file, "cert"),
            (self.client_ca, self.client_ca_file, "client_ca"),
        ):
            if text and file:
                wrong.append(f"{name} and {name}_file are both written: keep one")
        if self.key is not None and self.key_file:
            wrong.append("key and key_file are both written: keep one")
        if not (self.cert or self.cert_file):
            wrong.append("cert_file is missing")
        if self.key is None and not self.key_file:
            wrong.append("key_file is missing")
        wrong += self._wrong_about_clients()
        if self.min_version in ("TLS10", "TLS11") or self.max_version in ("TLS10", "TLS11"):
            wrong.append("TLS10 and TLS11 are too old: write TLS12 or TLS13")
        if self.min_version > self.max_version:
            wrong.append(f"min_version {self.min_version} is above max_version {self.max_version}")
        if self.cipher_suites or self.curve_preferences:
            name = "cipher_suites" if self.cipher_suites else "curve_preferences"
            wrong.append(f"{name} cannot be chosen here: leave it out, and the system's policy holds")
        if wrong:
            raise ValueError(*wrong)

    def _wrong_about_clients(self) -> list[str]:
        authority = bool(self.client_ca or self.client_ca_file)
        verified = self.client_auth_type in ("VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
        if self.client_auth_type not in CLIENT_AUTH:
            return [f'client_auth_type "{self.client_auth_type}" is none of {", ".join(CLIENT_AUTH)}']
        if self.client_auth_type in UNVERIFIED:
            return [f"client_auth_type {self.client_auth_type} lets anybody in: write RequireAndVerifyClientCert"]
        wrong = []
        if verified and not authority:
            wrong.append(f"client_auth_type {self.client_auth_type} needs client_ca_file")
        if authority and not verified:
            wrong.append("client_ca_file asks nobody without client_auth_type: write RequireAndVerifyClientCert")
        if self.client_allowed_sans and self.client_auth_type != "RequireAndVerifyClientCert":
            wrong.append("client_allowed_sans needs client_auth_type RequireAndVerifyClientCert")
        return wrong


class HttpServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """http_server_config. headers: added to every answer."""

    http2: bool = True
    headers: dict[str, str] = {}

    def __post_init__(self) -> None:
        for name, value in self.headers.items():
            if name not in HEADERS:
                raise ValueError(f'headers: "{name}" is none of {", ".join(HEADERS)}')
            if not value.isprintable():
                raise ValueError(f"headers: the value of {name} has a line break or another control character")


class WebConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. basic_auth_users: name → bcrypt hash. notes: what is not applied, a sentence each."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: dict[str, Secret] = {}
    rate_limit: dict[str, Any] = {}

    def notes(self) -> tuple[str, ...]:
        found = []
        if self.rate_limit:
            found.append("rate_limit is not applied: connections are limited by their number instead")
        if self.basic_auth_users and self.tls_server_config is None:
            found.append("basic_auth_users without tls_server_config: passwords cross the network readable")
        return tuple(found)
