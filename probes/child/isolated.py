"""The child's side of isolate.py: limits, then one function, then one line of JSON.

It imports only what it needs: each capture pays for the imports again.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import math
import os
import resource
import signal
import sys
import time
import types
from typing import Any, NoReturn


def child() -> NoReturn:
    """One function, its result on the real standard output. argv: "package.module:function", "cpu,memory"."""
    die_with_parent()
    answer = os.dup(1)
    os.dup2(2, 1)  # libraries may print; only our line goes to the parent
    argument = json.load(sys.stdin)
    call(sys.argv[1], sys.argv[2], argument, answer)


def die_with_parent() -> None:
    """Never outlive the daemon."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def call(function: str, limits: str, argument: dict[str, Any], answer: int) -> NoReturn:
    """Call it under its limits and write its result to the descriptor ``answer``; the process ends here."""
    cpu, memory = (int(part) for part in limits.split(","))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    place, _, name = function.partition(":")
    module = _import_alone(place)
    getattr(module, "prepare", lambda: None)()
    cpu += math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    os.write(answer, b"\n")  # begun: from here on it is the device that takes time
    result = getattr(module, name)(argument)
    os.write(answer, json.dumps(result, allow_nan=True, default=table_of).encode())
    os._exit(0)  # a driver's exit handler can hang; everything is said


def table_of(why: Any) -> dict[str, Any]:
    """A reason (Why of probes/why.py), the one object in an answer that JSON does not know."""
    return {"code": why.code, "values": dict(why.values)}


def _import_alone(place: str) -> types.ModuleType:
    """Import a module without running its package's own file: that is the parent's side of the probe, and would
    bring the daemon's libraries into each child, at a seventh of the capture's CPU."""
    package = place.rpartition(".")[0]
    if package.startswith("probes.") and package not in sys.modules:
        bare = types.ModuleType(package)
        bare.__path__ = [os.path.join(os.path.dirname(os.path.dirname(__file__)), *package.split(".")[1:])]
        sys.modules[package] = bare
    return importlib.import_module(place)
