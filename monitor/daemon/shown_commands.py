"""Commands that a screen shows to be pasted: whole, with the program's place and the configuration of this daemon."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path

from alerting.folders import SYSTEM_FOLDER, typed_option, typed_program

OF_A_TRIAL = ("setup", "test")
"""What a user who tries the shipped configuration does in a folder of their own."""


@functools.cache
def commands(config: Path | None) -> Mapping[str, str]:
    """setup, test, check, plan, run, reload, take: by what they are for. config: as the daemon was given it."""
    verbs = {
        "setup": "setup",
        "test": "notify-test",
        "check": "check",
        "plan": "plan check",
        "run": "run",
        "reload": "reload",
        "take": "take",
    }
    found = {purpose: typed(verb, config) for purpose, verb in verbs.items()}
    if config is None and _needs_own_folder():
        found |= {purpose: f"{found[purpose]} --config ~/room" for purpose in OF_A_TRIAL}
    return found


def typed(verb: str, config: Path | None) -> str:
    """One command to be pasted, such as "plan check". config: as it was given to whoever shows it."""
    return f"{typed_program()} {verb}{typed_option(config)}"


def _needs_own_folder() -> bool:
    """Whether the shipped configuration is in force and this user could not write the system's, as on a trial."""
    return os.geteuid() != 0 and not (SYSTEM_FOLDER / "roomwatch.toml").exists()
