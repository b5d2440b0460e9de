"""How a server's certificate is judged, the same on every Python: as browsers do."""

from __future__ import annotations

import ssl


def as_browsers(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same context, which takes a certificate that lacks a detail of RFC 5280.

    From Python 3.13 on, ssl refuses such a certificate by itself, for example one without the key identifier of its
    authority. Many organisations' own certificates lack one, and browsers take them.
    """
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
