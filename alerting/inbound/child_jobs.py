"""What each inbound child is told, out of the configuration and the plan's topics."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from alerting.configuration import Secret
from alerting.inbound.child_protocol import Job
from alerting.inbound.settings import InboundWays
from alerting.model.reply import Way

log = logging.getLogger(__name__)


def jobs(ways: InboundWays, topics: tuple[str, ...]) -> Iterator[tuple[str, Way, Job]]:
    """(name in the configuration, way, what its child is told) of each way in. topics: the contacts' own."""
    for name, box in ways.mail.items():
        yield (
            f"mail.{name}",
            "mail",
            Job(
                way="mail",
                host=box.host,
                port=box.port,
                user=box.user,
                secret=revealed(box.password),
                folder=box.folder,
                security=box.security,
                poll_seconds=box.poll_seconds,
                own_servers=tuple(one.lower() for one in box.own_servers),
            ),
        )
    if not topics:
        return
    for name, broker in ways.mqtt.items():
        yield (
            f"mqtt.{name}",
            "mqtt",
            Job(
                way="mqtt",
                host=broker.host,
                port=broker.port,
                user=broker.user,
                secret=revealed(broker.password),
                security="tls" if broker.tls else "none",
                topics=topics,
            ),
        )
    for name, server in ways.ntfy.items():
        yield f"ntfy.{name}", "ntfy", Job(way="ntfy", url=server.url, secret=revealed(server.token), topics=topics)


def revealed(secret: Secret | None) -> str:
    """The value, "" where there is none or it cannot be read: that way then does not work, and says so."""
    try:
        return str(secret.reveal()) if secret is not None else ""
    except LookupError as error:
        log.error("%s", error)
        return ""
