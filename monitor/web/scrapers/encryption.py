"""The TLS of web.yml as a context of Python. Reads files: call it in a thread."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alerting.configuration import ConfigurationError, Problem
from monitor.web.certificate import CertificateRefused, load_pair
from monitor.web.scrapers.web_yml import TlsServer

VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
CLIENTS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


def files_of(file: Path, wanted: TlsServer | None) -> tuple[Path, ...]:
    """The files that web.yml names."""
    if wanted is None:
        return ()
    return tuple(file.parent / name for name in (wanted.cert_file, wanted.key_file, wanted.client_ca_file) if name)


def encryption(file: Path, wanted: TlsServer) -> ssl.SSLContext:
    """file: the web.yml that asks for it. Raises ConfigurationError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = VERSIONS[wanted.min_version], VERSIONS[wanted.max_version]
    context.set_alpn_protocols(["http/1.1"])
    try:
        _load_own(context, file.parent, wanted)
    except CertificateRefused as error:
        raise _refused(file, "tls_server_config", str(error.strerror), "Mend cert_file and key_file.") from None
    if wanted.client_ca or wanted.client_ca_file:
        _load_authority(context, file, wanted)
    context.verify_mode = CLIENTS[wanted.client_auth_type]
    return context


def allowed(certificate: Mapping[str, Any] | None, names: tuple[str, ...]) -> bool:
    """Whether one of the certificate's alternative names is in the list. certificate: as ssl's getpeercert gives it."""
    found = {value for _, value in (certificate or {}).get("subjectAltName", ())}
    return not names or not found.isdisjoint(names)


def _load_own(context: ssl.SSLContext, folder: Path, wanted: TlsServer) -> None:
    """What is written in the file itself goes through a file in memory: OpenSSL takes names alone."""
    held = []
    try:
        names = []
        written = wanted.key.reveal() if wanted.key is not None else ""
        for text, name in ((wanted.cert, wanted.cert_file), (written, wanted.key_file)):
            if text:
                held.append(os.memfd_create("web.yml", os.MFD_CLOEXEC))
                os.write(held[-1], text.encode())
            names.append(f"/proc/self/fd/{held[-1]}" if text else str(folder / name))
        load_pair(context, names[0], names[1])
    finally:
        for one in held:
            os.close(one)


def _load_authority(context: ssl.SSLContext, file: Path, wanted: TlsServer) -> None:
    place = file.parent / wanted.client_ca_file
    try:
        text = wanted.client_ca or place.read_text()
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        name = str(place) if wanted.client_ca_file else "client_ca"
        message = f"{name} holds no certificate of an authority in PEM"
        raise _refused(file, "tls_server_config.client_ca_file", message, "Mend that file.") from None
    except OSError as error:
        message = f"{place} cannot be read ({error.strerror})"
        raise _refused(file, "tls_server_config.client_ca_file", message, "Check the path and mode.") from None


def _refused(file: Path, path: str, message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([Problem(file=str(file), path=path, message=message, remedy=remedy)])
