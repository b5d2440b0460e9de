"""Commands that a screen shows to be pasted: whole, with the program's place and the configuration of this daemon."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from alerting.folders import SYSTEM_FOLDER

OF_A_TRIAL = ("setup", "test")
"""What a user who tries the shipped configuration does in a folder of their own."""


@functools.cache
def commands(config: Path | None) -> Mapping[str, str]:
    """setup, test, check, plan, run, reload, take: by what they are for. config: as the daemon was given it."""
    program = (
        "roomwatch" if shutil.which("roomwatch") else shlex.quote(str(Path(sys.executable).with_name("roomwatch")))
    )
    named = f" --config {shlex.quote(str(config.absolute()))}" if config is not None and config != SYSTEM_FOLDER else ""
    verbs = {
        "setup": "setup",
        "test": "notify-test",
        "check": "check",
        "plan": "plan check",
        "run": "run",
        "reload": "reload",
        "take": "take",
    }
    own = " --config ~/room" if config is None and _needs_own_folder() else named
    return {purpose: f"{program} {verb}{own if purpose in OF_A_TRIAL else named}" for purpose, verb in verbs.items()}


def _needs_own_folder() -> bool:
    """Whether the shipped configuration is in force and this user could not write the system's, as on a trial."""
    return os.geteuid() != 0 and not (SYSTEM_FOLDER / "roomwatch.toml").exists()
