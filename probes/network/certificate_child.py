"""Reads one certificate, in a child process: who it is for, who signed it."""

from __future__ import annotations

from typing import Any

MOST_TEXT = 120


def read(argument: dict[str, Any]) -> dict[str, Any]:
    """argument: {"der": hex}. Returns {"issuer", "subject"}: organisation or common name, "" where there is none."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    def named(name: x509.Name) -> str:
        for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
            for one in name.get_attributes_for_oid(kind):
                text = one.value if isinstance(one.value, str) else one.value.decode("utf-8", errors="replace")
                return "".join(letter for letter in text if letter.isprintable())[:MOST_TEXT]
        return ""

    try:
        certificate = x509.load_der_x509_certificate(bytes.fromhex(str(argument["der"])))
        return {"issuer": named(certificate.issuer), "subject": named(certificate.subject)}
    except ValueError as error:
        return {"error": str(error)[:200]}
