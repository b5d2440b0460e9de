"""What bench/failing.py has done in children: each does what a device's driver may do to its process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any


def crash(argument: Mapping[str, Any]) -> dict[str, Any]:
    raise ValueError("the driver said no")


def talk(argument: Mapping[str, Any]) -> dict[str, Any]:
    return {"picture": "x" * 5000}


def hang(argument: Mapping[str, Any]) -> dict[str, Any]:
    time.sleep(600)
    return {}
