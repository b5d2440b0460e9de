"""A rung that raises costs itself alone."""

import time

import pytest

from probes.guard import guarded
from probes.reading import CannotMeasure, Context, Outcome, Reading
from probes.why import Why, because


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(101, "Network is unreachable"), because("system_error", detail="Network is unreachable")),
        (KeyError("dev"), because("program_error", kind="KeyError", detail="'dev'")),
        (RuntimeError(), because("program_error", kind="RuntimeError", detail="")),
    ],
)
async def test_whatever_a_rung_raises_is_its_own_cannot_measure(error: Exception, reason: Why) -> None:
    said: list[Outcome] = []
    context = Context(now=time.time, monotonic=time.monotonic, say=said.append)

    async def dies() -> Reading:
        raise error

    found = [
        *await guarded(context, "x.low", lambda: Reading(check="x.low")),
        *await guarded(context, "x.dies", dies, "eth0"),
        *await guarded(context, "x.high", lambda: [Reading(check="x.high")]),
    ]
    assert [one.check for one in found] == ["x.low", "x.dies", "x.high"]
    broke = not isinstance(error, OSError)
    assert found[1] == CannotMeasure(check="x.dies", target="eth0", reason=reason, broke=broke)
    assert said == found
