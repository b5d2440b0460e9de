"""Which file the plan is, its reading, and what of it would leave people untold."""

from __future__ import annotations

from pathlib import Path

import msgspec

from alerting.folders import SYSTEM_FOLDER, shipped_folder
from alerting.plan.check import silent
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.words import load_words


def plan_file(configured: str, config: Path | None) -> Path:
    """The configured file, else plan.toml beside the configuration given, else /etc/roomwatch's."""
    if configured:
        return Path(configured)
    folder = SYSTEM_FOLDER if config is None else config if config.is_dir() else config.parent
    return folder / "plan.toml"


def how_to_reach(file: Path) -> str:
    """What to do about a plan that reaches nobody, which may be one that is not there."""
    if file.exists():
        return f"Write contacts with channels in {file}."
    return f"There is no {file}: copy {shipped_folder() / 'plan.toml'} there and write contacts with channels in it."


def read_plan(file: Path, timezone: str) -> Plan:
    """The plan; where it names no zone, its times are of ``timezone``. Raises ConfigurationError."""
    plan = load_plan(file)
    return msgspec.structs.replace(plan, timezone=plan.timezone or timezone)


def untold(plan: Plan, now: float) -> list[str]:
    """Lines for a log, which is in English: steps that reach nobody, severities without a chain, unknown gateways.
    None for a plan without contacts, of which more is said elsewhere."""
    if not plan.contacts:
        return []
    words = load_words("en")
    return [f"{one.where}: {words.text(f'plan.check.{one.code}', **one.values)}" for one in silent(plan, now)]


def reaches_somebody(plan: Plan) -> bool:
    """True where at least one person of it has an address."""
    return any(contact.channels and not contact.left for contact in plan.contacts.values())
