"""What a templated HTTP channel is made of: SMS and voice gateways that no plug-in knows. Types only, no sending.

A contact's channel names it as ``gateway://NAME/RECIPIENT``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from alerting.configuration import Secret


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """url, headers, body: Jinja2 templates. Fields: to, text (short form), title, body, key, and secrets by name.

    Write {{ text|tojson }} into JSON and {{ text|urlencode }} into an address or a form: quoting is the template's.
    """

    # Where the request goes; a template.
    url: str
    # The HTTP method.
    method: Literal["GET", "POST", "PUT"] = "POST"
    # Headers, each value a template.
    headers: dict[str, str] = {}
    # The request's body, a template; empty for none.
    body: str = ""
    # Values for the templates that never print, by name.
    secrets: dict[str, Secret] = {}
    # Dotted path of the field of a JSON answer that says how it went; empty: the HTTP status decides.
    answer_field: str = ""
    # Values of that field that mean accepted.
    sent: tuple[str, ...] = ("0", "OK")
    # Values that mean too fast, and values that mean never; all others are tried again.
    throttled: tuple[str, ...] = ()
    permanent: tuple[str, ...] = ()
    # Characters of the text that the gateway takes; the rest is cut.
    limit: Annotated[int, msgspec.Meta(ge=20, le=10000)] = 210

    def reveal(self) -> dict[str, Any]:
        """As the sending child needs it. Raises SecretUnreadable where a secret cannot be read."""
        plain = {name: getattr(self, name) for name in self.__struct_fields__ if name != "secrets"}
        return {**plain, "secrets": {name: secret.reveal() for name, secret in self.secrets.items()}}
