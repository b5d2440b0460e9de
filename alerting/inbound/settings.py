"""The ways to answer as the configuration names them: mailboxes, brokers, streams."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from alerting.configuration import Secret


class MailInbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mailbox in which replies are read over IMAP. security: "tls", "starttls"; "none" for a relay on loopback.

    own_servers: the names under which the mailbox's own servers write Authentication-Results; what they call forged is
    not believed. Empty: the topmost such header of a mail is.
    """

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 993
    user: str
    password: Secret
    folder: str = "INBOX"
    security: Literal["tls", "starttls", "none"] = "tls"
    poll_seconds: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 15.0
    own_servers: tuple[str, ...] = ()


class MqttInbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A broker on which contacts' topics are listened to."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    user: str = ""
    password: Secret | None = None
    tls: bool = False


class NtfyInbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ntfy server on which contacts' topics are listened to."""

    url: str
    token: Secret | None = None


class InboundWays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ways to answer that need no connection to this machine."""

    mail: dict[str, MailInbound] = {}
    mqtt: dict[str, MqttInbound] = {}
    ntfy: dict[str, NtfyInbound] = {}
