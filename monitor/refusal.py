"""How a command ends that cannot go on: one clear message on standard error and an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from alerting.configuration import ConfigurationError
from monitor.settings import Configuration, load

EXIT_CONFIGURATION = 78
"""EX_CONFIG of sysexits.h: systemd units name it to stop restarting over a file that only a person can mend."""


def fail(message: str, code: int = 1) -> NoReturn:
    """End with one clear message on standard error."""
    print(f"roomwatch: {message}", file=sys.stderr)
    sys.exit(code)


def load_or_fail(config: Path | None) -> Configuration:
    try:
        return load(config)
    except ConfigurationError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        count = len(error.problems)
        fail(f"{count} problem{'s' if count > 1 else ''} in the configuration:\n{lines}", EXIT_CONFIGURATION)
