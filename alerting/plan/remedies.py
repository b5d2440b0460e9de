"""Remedies as they are written in the plan (处置措施): what may be tried on a room's machine, when, and how often."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from alerting.plan.value_types import Seconds

RemedyKind = Literal[
    "restart_unit", "restart_application", "restart_sound_server", "reset_usb", "renew_dhcp", "start_backup"
]


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
