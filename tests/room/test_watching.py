"""What a row counts as: told rightly, wrongly, not at all, twice; with a room that plays its part."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from tests.room import watching
from tests.room.faults import NOTHING, Fault
from tests.room.watching import DOUBLED, FALSE_ALARM, MISSED, NO_RECOVERY, RIGHT, TROUBLED, WRONG, watch


class Stage:
    """A room that tells of these codes as soon as something is done to it, and of their end with the next step."""

    def __init__(self, *codes: str, messages: int = 1, recovers: bool = True) -> None:
        self.codes, self.count, self.recovers = codes, messages, recovers
        self.told: list[float] = []
        self.surroundings = SimpleNamespace(seen=SimpleNamespace(), forget=lambda: None)
        self.restore()

    def restore(self) -> None:
        self.surroundings.seen = SimpleNamespace(faults={}, explained={}, gone={}, open=frozenset(), answered=1e12)
        self.told = []

    def begin(self, _: object) -> None:
        now, seen = time.monotonic(), self.surroundings.seen
        seen.faults = dict.fromkeys(self.codes, now + 0.01)
        seen.open = frozenset(self.codes)
        self.told = [now + 0.02] * self.count

    def end(self, _: object) -> None:
        if self.recovers:
            now, seen = time.monotonic(), self.surroundings.seen
            seen.open, seen.gone = frozenset(), dict.fromkeys(self.codes, now + 0.01)
            self.told.append(now + 0.03)

    def messages(self, code: str) -> list[float]:
        return self.told if code in self.codes else []

    def wait(self, *_: object) -> float:
        return 0.0

    def began(self) -> float:
        return time.monotonic() - 0.001

    def checks(self) -> list[dict[str, str]]:
        return [{"check": "camera", "target": "", "state": "ok", "note": ""}]

    def journalled(self, code: str) -> float | None:
        return time.monotonic() if code in self.codes else None


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECOVERY_SECONDS", "LINGER_SECONDS"):
        monkeypatch.setattr(watching, name, 0.05)


def verdict(stage: Stage, code: str, **more: bool) -> str:
    row = Fault("camera-x", "x", (stage.begin,), code, (stage.end,), may=("camera_frozen",), within=0.3, **more)  # type: ignore[arg-type]
    return watch(stage, row).verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "code", "wanted"),
    [
        (["camera_missing"], "camera_missing", RIGHT),
        (["camera_missing", "camera_frozen"], "camera_missing", RIGHT),
        (["camera_missing", "link_down"], "camera_missing", WRONG),
        (["link_down"], "camera_missing", WRONG),
        ([], "camera_missing", MISSED),
        ([], NOTHING, RIGHT),
        (["link_down"], NOTHING, FALSE_ALARM),
    ],
)
def test_what_was_told_is_held_against_the_table(told: list[str], code: str, wanted: str) -> None:
    assert verdict(Stage(*told), code) == wanted


def test_a_fault_that_stays_open_has_no_recovery() -> None:
    assert verdict(Stage("camera_missing", recovers=False), "camera_missing") == NO_RECOVERY


@pytest.mark.parametrize(("messages", "wanted"), [(1, RIGHT), (2, DOUBLED)])
def test_in_mid_incident_one_message_is_right_and_two_are_not(messages: int, wanted: str) -> None:
    assert verdict(Stage("camera_missing", messages=messages), "camera_missing", once=True) == wanted


def test_a_guest_that_has_gone_is_said_and_is_no_verdict_on_the_product() -> None:
    stage = Stage()
    stage.restore = lambda: (_ for _ in ()).throw(EOFError("the machine has gone"))  # type: ignore[method-assign]
    assert verdict(stage, "camera_missing") == TROUBLED
