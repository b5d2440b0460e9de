"""Remedies (处置措施): the table of those that there are, and what the plan writes of one that may be tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from alerting.plan.value_types import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyTraits:
    """needs_target: it cannot be done without one. in_remedies: a plan may name it under [remedies]."""

    needs_target: bool = True
    in_remedies: bool = True


REMEDIES: Mapping[str, RemedyTraits] = {
    "restart_unit": RemedyTraits(),
    "restart_application": RemedyTraits(),
    "restart_sound_server": RemedyTraits(needs_target=False),
    "reset_usb": RemedyTraits(),
    "renew_dhcp": RemedyTraits(),
    "start_backup": RemedyTraits(in_remedies=False),  # a backup of the plan asks for it
}
"""Every remedy. Each is carried out by the module of its name below monitor/remedies/."""

if TYPE_CHECKING:
    RemedyKind = str
else:
    RemedyKind = Literal[tuple(name for name, traits in REMEDIES.items() if traits.in_remedies)]  # for msgspec


class PlannedRemedy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that may be tried (allow-listed). target: "" for what the fault names.

    notice: seconds between telling people and doing it. limit: how often within ``per`` seconds. automatic: without a
    person's word where no meeting runs, or a crash of this very program interrupted it. verify: seconds
    within which the probes must see the fault gone.
    """

    kind: RemedyKind
    faults: tuple[str, ...]
    target: str = ""
    notice: Seconds = 60.0
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 2
    per: Seconds = 3600.0
    automatic: bool = False
    verify: Seconds = 120.0
