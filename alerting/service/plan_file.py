"""Which file the plan is, its reading, and what of it would leave people untold."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec

from alerting.folders import SYSTEM_FOLDER, shipped_folder, typed_program
from alerting.plan.check import silent
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.words import Words


def plan_file(configured: str, config: Path | None) -> Path:
    """The configured file, else plan.toml beside the configuration given, else /etc/roomwatch's."""
    if configured:
        return Path(configured)
    folder = SYSTEM_FOLDER if config is None else config if config.is_dir() else config.parent
    return folder / "plan.toml"


def setup_command(file: Path) -> str:
    """How setup is typed for the configuration that the plan file stands beside."""
    beside = file.parent != SYSTEM_FOLDER and (file.parent / "roomwatch.toml").exists()
    return f"{typed_program()} setup" + (f" --config {shlex.quote(str(file.parent))}" if beside else "")


def how_to_reach(file: Path) -> str:
    """For the log, which is in English: what to do about a plan that reaches nobody, which may be one that is not
    there."""
    setup = setup_command(file)
    if file.exists():
        return f"Type `{setup}`, or write contacts with channels in {file}."
    shipped = shipped_folder() / "plan.toml"
    return f"Type `{setup}`; or copy {shipped} to {file}, which is not there, and write contacts with channels in it."


def read_plan(file: Path, timezone: str, *, named: bool = False) -> Plan:
    """The plan; where it names no zone, its times are of ``timezone``. named: the configuration names the file. Raises
    ConfigurationError."""
    plan = load_plan(file, named=named)
    return msgspec.structs.replace(plan, timezone=plan.timezone or timezone)


def untold(plan: Plan, now: float, words: Words) -> list[str]:
    """Lines: steps that reach nobody, severities without a chain, unknown gateways. None for a plan without contacts,
    of which more is said elsewhere."""
    if not plan.contacts:
        return []
    return [f"{one.where}: {words.text(f'plan.check.{one.code}', **one.values)}" for one in silent(plan, now)]


def reaches_somebody(plan: Plan) -> bool:
    """True where at least one person of it has an address."""
    return any(contact.channels and not contact.left for contact in plan.contacts.values())
