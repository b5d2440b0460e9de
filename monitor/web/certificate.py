"""The server's certificate: PEM files that are read anew when they change, without a restart."""

from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path

log = logging.getLogger(__name__)


class CertificateRefused(OSError):
    """The files make no certificate; strerror says which and why."""


class Certificate:
    """Methods read files: call them in a thread."""

    def __init__(self, chain: str, key: str) -> None:
        self._chain, self._key = chain, key
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._seen: tuple[object, ...] = ()

    @classmethod
    def of(cls, chain: str, key: str) -> Certificate | None:
        """None where no files are named."""
        return cls(chain, key) if chain and key else None

    def load(self) -> ssl.SSLContext:
        """Raises CertificateRefused."""
        self._seen = self._state()
        load_pair(
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self._chain, self._key
        )  # a bad pair must not spoil the good one
        load_pair(self._context, self._chain, self._key)
        return self._context

    def look(self) -> bool:
        """Take over files that changed; True where that was done. Bad ones are logged once, the old ones stay."""
        if self._state() == self._seen:
            return False
        try:
            self.load()
        except CertificateRefused as error:
            log.error("the new certificate is refused, the old one stays: %s", error.strerror)
            return False
        log.info("the new certificate %s is in use", self._chain)
        return True

    def _state(self) -> tuple[object, ...]:
        return tuple(stamp(file) for file in (self._chain, self._key))


def stamp(file: str | Path) -> object:
    """What tells whether a file changed. Reads the disk."""
    try:
        found = os.stat(file)  # noqa: PTH116
    except OSError as error:
        return error.errno
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def load_pair(context: ssl.SSLContext, chain: str, key: str) -> None:
    """Raises CertificateRefused."""
    try:
        context.load_cert_chain(chain, key, password=_no_password)
    except ssl.SSLError as error:
        text = f"{chain} and {key} are no certificate and key that belong together ({error.reason or 'not PEM'})"
        raise CertificateRefused(None, text) from None
    except OSError as error:
        missing = next((one for one in (chain, key) if not os.access(one, os.R_OK)), chain)
        raise CertificateRefused(error.errno, f"{missing}: {os.strerror(error.errno or 0)}") from None
    except ValueError:
        raise CertificateRefused(None, f"{key} is locked with a password; write it without one") from None


def _no_password() -> str:
    """Without it OpenSSL would ask at the terminal."""
    return ""
