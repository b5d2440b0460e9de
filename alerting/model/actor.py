"""Who acts: how somebody is known, and in whose name they act. service/permissions.py says what they may do."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ActorKind(StrEnum):
    """How somebody is known.

    contact: signed in as a contact of the plan. login: a login name of this machine that its kernel vouches for. link:
    the holder of a contact's signed link. mail: the writer of a mail with a contact's code in it. topic: who publishes
    such a code on a contact's topic. token: a program with a token of the API. participant: somebody in a meeting, by
    the name that they give. machine: this program itself.
    """

    CONTACT = "contact"
    LOGIN = "login"
    LINK = "link"
    MAIL = "mail"
    TOPIC = "topic"
    TOKEN = "token"
    PARTICIPANT = "participant"
    MACHINE = "machine"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """kind and name: who typed or pressed it. person: in whose name it counts: a contact's id, or the name of somebody
    who is none; "" while that is not decided. groups: of a login, its groups on this machine. address: on the network,
    "" where it is not known."""

    kind: ActorKind
    name: str
    person: str = ""
    groups: tuple[str, ...] = ()
    address: str = ""

    def __str__(self) -> str:
        """As the journal has it: "login:root"."""
        return f"{self.kind}:{self.name}"

    def in_the_name_of(self, person: str) -> Actor:
        return msgspec.structs.replace(self, person=person)


def contact(name: str) -> Actor:
    """A contact who acts for themselves."""
    return Actor(kind=ActorKind.CONTACT, name=name, person=name)
