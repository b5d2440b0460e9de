"""Commands that a screen shows to be pasted: whole, with the program's place and the configuration of this daemon."""

from __future__ import annotations

import functools
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path


@functools.cache
def commands(config: Path | None) -> Mapping[str, str]:
    """setup, test, check, run: by what they are for. config: as the daemon was given it."""
    program = (
        "roomwatch" if shutil.which("roomwatch") else shlex.quote(str(Path(sys.executable).with_name("roomwatch")))
    )
    named = f" --config {shlex.quote(str(config.absolute()))}" if config is not None else ""
    verbs = {"setup": "setup", "test": "notify-test", "check": "check", "run": "run"}
    return {purpose: f"{program} {verb}{named}" for purpose, verb in verbs.items()}
