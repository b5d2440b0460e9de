"""Reads plan.toml strictly. Raises ConfigurationError with every problem at once."""

from __future__ import annotations

from pathlib import Path

from alerting.configuration import read_layers, structure
from alerting.thin.plan import Plan


def load_plan(file: Path) -> Plan:
    """The plan of one file, merged with plan.d/*.toml beside it by name; an empty plan without one."""
    if not file.is_file():
        return Plan()
    overlays = sorted((file.parent / "plan.d").glob("*.toml"))
    return structure(Plan, read_layers([file, *overlays]))
