"""What a command says of a configuration with problems, and how it ends where it cannot go on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from alerting.configuration import ConfigurationError
from alerting.folders import typed_option
from monitor.settings import Configuration, load, load_readable

EXIT_CONFIGURATION = 78
"""EX_CONFIG of sysexits.h: systemd units name it to stop restarting over a file that only a person can mend."""


def fail(message: str, code: int = 1) -> NoReturn:
    """End with one clear message on standard error."""
    print(f"roomwatch: {message}", file=sys.stderr)
    sys.exit(code)


def barred(error: PermissionError) -> str:
    """Who may, and how to become one of them."""
    file = Path(os.fsdecode(error.filename))
    try:
        group = next(one for one in (file, *file.parents) if one.exists()).group()
    except (OSError, KeyError, StopIteration):
        group = ""
    join = (
        f"Join the group {group} (sudo usermod -aG {group} $USER, then log in again), or use"
        if group not in ("", "root")
        else "Use"
    )
    return f"this user may not use {file}. {join} sudo."


def load_or_fail(config: Path | None) -> Configuration:
    try:
        return load(config)
    except ConfigurationError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        count = len(error.problems)
        fail(f"{count} problem{'s' if count > 1 else ''} in the configuration:\n{lines}", EXIT_CONFIGURATION)


def refuse_plan(error: ConfigurationError) -> NoReturn:
    fail("the plan has problems:\n" + "\n".join(f"  {one}" for one in error.problems), EXIT_CONFIGURATION)


def load_to_ask(config: Path | None) -> Configuration:
    """What a command needs that only speaks to the daemon. The daemon refuses a broken file and runs on, so a responder
    who takes an incident at night is not kept from it by the file; the file's problems are said beside the answer."""
    try:
        return load(config)
    except ConfigurationError as error:
        count = len(error.problems)
        print(
            f"roomwatch: {count} problem{'s' if count > 1 else ''} in the configuration, so the daemon keeps to what "
            f"it had, if it runs. `roomwatch check{typed_option(config)}` says which.",
            file=sys.stderr,
        )
        return load_readable(config)
