"""Reads plan.toml and plan.d/*.toml beside it strictly. Raises ConfigurationError with every problem at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from alerting.configuration import ConfigurationError, Problem, overlays, read_layers, structure
from alerting.plan.model import Plan


class CalendarOverrides(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The override file of the working days."""

    days_off: tuple[dt.date, ...] = ()
    days_on: tuple[dt.date, ...] = ()


def absent(file: Path) -> bool:
    """Whether there is certainly no such file. One that cannot be looked at, or that is none, is not absent: reading it
    says what is wrong."""
    try:
        file.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def no_plan(file: Path) -> bool:
    """Whether there is certainly no plan: neither the file nor a part of it in plan.d beside it."""
    return absent(file) and not overlays(file.parent / "plan.d")


def load_plan(file: Path, *, named: bool = False) -> Plan:
    """The plan of one file, merged with plan.d/*.toml beside it in name order. Without one it is empty, unless the
    configuration names it or a part of it lies in plan.d: then somebody wrote a plan, and would take the silence for
    peace."""
    parts = overlays(file.parent / "plan.d")
    if absent(file):
        if named:
            remedy = "Mend `plan` in the configuration, or write that file."
            raise ConfigurationError(
                [Problem(file=str(file), message="is not there, and the configuration names it", remedy=remedy)]
            )
        if parts:
            raise ConfigurationError([_left_alone(part, file) for part in parts])
        return Plan()
    plan = structure(Plan, read_layers([file, *parts]))
    days = plan.working_days
    if not days.override_file:
        return plan
    extra = structure(CalendarOverrides, read_layers([file.parent / days.override_file]))
    days = msgspec.structs.replace(
        days, days_off=(*days.days_off, *extra.days_off), days_on=(*days.days_on, *extra.days_on)
    )
    return msgspec.structs.replace(plan, working_days=days)


def _left_alone(part: Path, file: Path) -> Problem:
    return Problem(
        file=str(part),
        message=f"is there, but {file} is not, so nobody in it is told",
        remedy="Put that file back, or copy the shipped one there, as `roomwatch setup` does.",
    )


__all__ = ["ConfigurationError", "load_plan"]
