"""Certificate authorities that this machine trusts beyond the public ones: those of a firm, or of a middle box."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path("/usr/local/share/ca-certificates")
"""Where Debian's update-ca-certificates takes an administrator's own from."""
MOST_FILES = 64


def own(ca_file: str, folder: Path = FOLDER) -> frozenset[str]:
    """Names of the authorities in the administrator's folder and in ``ca_file``; what cannot be read is left out."""
    files = [*sorted(folder.rglob("*.crt"))[:MOST_FILES], *([Path(ca_file)] if ca_file else [])]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for file in files:
        try:
            context.load_verify_locations(file)
        except (OSError, ssl.SSLError):
            continue
    return frozenset(name for one in context.get_ca_certs() if (name := named(one.get("subject", ()))))


def named(parts: Any) -> str:
    """Organisation, else common name, of a certificate's subject or issuer as ssl gives it."""
    found: Mapping[str, str] = {str(pair[0]): str(pair[1]) for part in parts for pair in part}
    return (found.get("organizationName") or found.get("commonName") or "")[:80]
