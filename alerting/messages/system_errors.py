"""What the operating system and the resolver say of an error, in the reader's language. Pure.

Probes, senders and libraries hand such texts on in English, alone or within their own sentences.
"""

from __future__ import annotations

import errno
import os
import re

from alerting.words import Words

ERRORS = (
    "ENOENT", "EACCES", "EPERM", "ENOSPC", "EROFS", "EBUSY", "EIO", "ENODEV", "ENXIO", "EPIPE", "ETIMEDOUT",
    "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "EADDRINUSE",
    "EADDRNOTAVAIL", "EINVAL", "EAGAIN", "EMFILE", "ENOMEM", "EPROTO",
)  # fmt: skip
"""Names under ``system_error`` in the catalogues; their English texts are this machine's."""
_RESOLVER = {
    "Name or service not known": "name_unknown",
    "No address associated with hostname": "name_without_address",
    "Temporary failure in name resolution": "resolver_silent",
    "Non-recoverable failure in name resolution": "resolver_failed",
    "timed out": "timed_out",
    "certificate verify failed": "certificate",
}
_KNOWN = {os.strerror(getattr(errno, name)): name for name in ERRORS} | _RESOLVER
_PATTERN = re.compile(
    r"(?:\[Errno -?\d+\] )?(" + "|".join(map(re.escape, sorted(_KNOWN, key=len, reverse=True))) + r")", re.IGNORECASE
)
_BY_TEXT = {text.casefold(): name for text, name in _KNOWN.items()}


def say_system_error(text: str, words: Words) -> str:
    """The text with every known error said in the reader's language; the rest stays as it was written."""
    return _PATTERN.sub(lambda found: words.text(f"system_error.{_BY_TEXT[found[1].casefold()]}"), text)
