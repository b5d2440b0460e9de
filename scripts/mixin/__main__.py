"""Writes the mixin. Ends with 1 where --check finds a difference or the settings are wrong."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.mixin import (
    alerts_blind,
    alerts_certificates_and_disks,
    alerts_faults,
    alerts_identity,
    alerts_monitors,
    alerts_response,
    alerts_rooms_gone,
    alerts_unusable_time,
    boards,
    recording,
)
from scripts.mixin.alertmanager import alertmanager, templates
from scripts.mixin.rule import Group
from scripts.mixin.runbook import runbook
from scripts.mixin.settings import Settings, SettingsError, read_settings
from scripts.mixin.yaml_text import yaml_text

ROOT = Path(__file__).resolve().parents[2]
HEADING = "Made by python -m scripts.mixin; change it there, or make your own with --settings."
RECEIVERS = """Who is called for one room's fault is the room's own plan; this tells those who look after all rooms.
Replace the three addresses. Mail, WeCom and others take title and text from the templates in roomwatch.tmpl."""


def all_groups() -> list[Group]:
    parts = (
        alerts_rooms_gone, alerts_faults, recording, alerts_identity, alerts_blind, alerts_response, alerts_monitors,
        alerts_certificates_and_disks, alerts_unusable_time,
    )  # fmt: skip
    return [one for part in parts for one in part.groups()]


def documents(settings: Settings) -> dict[str, str]:
    """Path below the root → text."""
    groups = all_groups()
    rules = yaml_text({"groups": [one.document(settings) for one in groups]}, HEADING)
    return {
        "config/prometheus/roomwatch.rules.yml": rules,
        "config/alertmanager/alertmanager.yml": yaml_text(alertmanager(settings), f"{HEADING}\n{RECEIVERS}"),
        "config/alertmanager/roomwatch.tmpl": templates(),
        "docs/runbook.md": runbook(groups, settings),
        **boards.documents(settings),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.mixin", description=__doc__)
    parser.add_argument("--settings", type=Path, help="a TOML file; what it may say is in scripts/mixin/settings.py")
    parser.add_argument("--output", type=Path, default=ROOT, help="where config/ and docs/ are written")
    parser.add_argument("--check", action="store_true", help="write nothing, end with 1 where something differs")
    options = parser.parse_args()
    try:
        settings = read_settings(options.settings) if options.settings else Settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    different = []
    for name, text in documents(settings).items():
        file = options.output / name
        if options.check:
            if not file.is_file() or file.read_text() != text:
                different.append(name)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    if different:
        print(f"run python -m scripts.mixin: {', '.join(different)}", file=sys.stderr)
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
