"""Asks Apprise, in a command of one shot, whether it understands each contact's address. Sends and connects nothing."""

from __future__ import annotations

import logging
import warnings

from alerting.configuration import Secret
from alerting.plan.check import PlanFinding
from alerting.plan.model import Plan
from alerting.sending.child import with_limits
from alerting.sending.gateway_request import SCHEME
from alerting.sending.messengers import bot_of
from alerting.sending.webhook import SCHEMES as WEB_HOOKS


def check_addresses(plan: Plan) -> tuple[PlanFinding, ...]:
    """One finding for each address with a scheme that a message by it would fail at; the rest is check_plan's part."""
    found = []
    for name, contact in plan.contacts.items():
        for number, channel in () if contact.left else enumerate(contact.channels, 1):
            if not understood(channel):
                values: dict[str, object] = {"name": contact.name, "number": number}
                found.append(PlanFinding(code="not_understood", where=f"contacts.{name}", values=values))
    return tuple(found)


def understood(channel: Secret) -> bool:
    """Whether a message could be sent by it, as far as its text tells. A secret that cannot be read counts as good."""
    try:
        url = channel.reveal()
    except LookupError:
        return True
    if "://" not in url or url.lower().startswith(SCHEME):
        return True
    try:
        if url.lower().startswith(WEB_HOOKS) or bot_of(url) is not None:
            return True
    except ValueError:
        return False
    import apprise  # heavy: only here and in the sending child

    logging.getLogger("apprise").disabled = True  # it would print the address, which is a secret
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of libraries that plug-ins we do not use bring in
        return apprise.Apprise.instantiate(with_limits(url), suppress_exceptions=True) is not None
