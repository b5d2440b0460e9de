"""The camera probe on a real userspace camera, and what it says when it may not or cannot look."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from probes.camera import IN_USE, PICTURE, PRESENT, Settings, probe
from probes.child.isolate import Isolation
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading
from tests.camera import pipewire_camera

Add = Callable[..., Path]
Make = Callable[..., Context]


class UserspaceIsolation(Isolation):
    """The daemon's isolation, its child run under pw-v4l2, so that /dev/video0 is PipeWire's camera."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__()
        self.environment = environment

    async def run(self, function, argument, **options):  # type: ignore[no-untyped-def]
        return await super().run(
            function, argument, environment=self.environment, command_prefix=("pw-v4l2",), **options
        )


def by_check(outcomes: list[Outcome], check: str) -> Outcome:
    found = [one for one in outcomes if one.check == check]
    assert len(found) == 1, outcomes
    return found[0]


async def test_a_living_camera_is_healthy(pipewire: dict[str, str], add_camera: Add, make_context: Make) -> None:
    add_camera(0)
    with pipewire_camera.camera(pipewire, *pipewire_camera.LIVING):
        found = await probe(Settings(), make_context(memory={"isolation": UserspaceIsolation(pipewire)}))
    reading = by_check(found, PICTURE)
    assert isinstance(reading, Reading), reading
    assert reading.finding == ""
    assert reading.values["frames"] >= 10
    assert 0.8 < reading.values["rate_share"] < 1.2
    assert reading.evidence["format"] == "640×360, 30/s"


async def test_a_black_camera_is_found(pipewire: dict[str, str], add_camera: Add, make_context: Make) -> None:
    add_camera(0)
    with pipewire_camera.camera(pipewire, "pattern=black"):
        found = await probe(Settings(), make_context(memory={"isolation": UserspaceIsolation(pipewire)}))
    reading = by_check(found, PICTURE)
    assert isinstance(reading, Reading), reading
    assert reading.finding == "camera_black"


async def test_a_capture_card_that_shows_blue_has_no_signal(
    pipewire: dict[str, str], add_camera: Add, make_context: Make
) -> None:
    add_camera(0, name="USB Video")
    with pipewire_camera.camera(pipewire, "pattern=blue"):
        found = await probe(
            Settings(capture_cards={"USB Video": "always"}),
            make_context(memory={"isolation": UserspaceIsolation(pipewire)}),
        )
    reading = by_check(found, PICTURE)
    assert isinstance(reading, Reading), reading
    assert reading.finding == "camera_no_signal"


async def test_a_picture_that_never_changes_is_frozen(
    pipewire: dict[str, str], add_camera: Add, make_context: Make
) -> None:
    add_camera(0)
    with pipewire_camera.camera(pipewire, "pattern=checkers-8"):
        found = await probe(Settings(), make_context(memory={"isolation": UserspaceIsolation(pipewire)}))
    reading = by_check(found, PICTURE)
    assert isinstance(reading, Reading), reading
    assert reading.finding == "camera_frozen"


SECOND_OPENER = """
import cv2, threading, sys
first = cv2.VideoCapture("/dev/video0", cv2.CAP_V4L2)
assert first.isOpened() and first.grab()
from probes.camera import capture
capture._be_silent = lambda: None
print(capture.look({"source": "/dev/video0"})["state"], flush=True)
import os; os._exit(0)
"""


def test_a_camera_that_somebody_streams_from_is_busy_and_not_broken(pipewire: dict[str, str]) -> None:
    with pipewire_camera.camera(pipewire, "pattern=smpte"):
        said = subprocess.run(
            ["pw-v4l2", sys.executable, "-c", SECOND_OPENER],
            env=pipewire, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert said.stdout.split() == ["busy"], said.stderr


async def test_a_held_camera_is_not_opened_and_its_holder_is_named(
    tmp_path: Path, add_camera: Add, make_context: Make
) -> None:
    add_camera(0)
    files = tmp_path / "proc" / "4711" / "fd"
    files.mkdir(parents=True)
    (files / "7").symlink_to("/dev/video0")
    (files.parent / "stat").write_text("4711 (zoom (main)) S 1 4711")
    context = make_context()
    found = await probe(Settings(), context)
    use, picture = by_check(found, IN_USE), by_check(found, PICTURE)
    assert isinstance(use, Reading) and use.passive and use.evidence["holder"] == "zoom (main) (pid 4711)"
    assert isinstance(picture, CannotMeasure) and picture.busy_holder == "zoom (main) (pid 4711)"
    isolation = context.memory["isolation"]
    assert isinstance(isolation, Isolation) and isolation.started_total == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"in_meeting": True},
        {"in_meeting": None},
        {"meeting_in_seconds": 200.0},
        {"in_working_hours": False},
        {"in_meeting": True, "wake": "once"},
    ],
)
async def test_no_camera_is_opened_where_it_could_disturb(
    changes: dict[str, object], add_camera: Add, make_context: Make
) -> None:
    add_camera(0)
    context = make_context(**changes)
    found = await probe(Settings(), context)
    assert isinstance(by_check(found, PICTURE), CannotMeasure)
    isolation = context.memory["isolation"]
    assert isinstance(isolation, Isolation) and isolation.started_total == 0


async def test_the_light_stays_off_between_two_due_looks(add_camera: Add, make_context: Make) -> None:
    add_camera(0)
    clock = [1000.0]
    context = make_context(monotonic=lambda: clock[0])
    await probe(Settings(look_every_seconds=60), context)
    clock[0] += 30
    found = await probe(Settings(look_every_seconds=60), context)
    assert [one.check for one in found] == [PRESENT, IN_USE]
    isolation = context.memory["isolation"]
    assert isinstance(isolation, Isolation) and isolation.started_total == 1


async def test_a_camera_that_goes_away_is_missing_and_found_again_under_its_name(
    tmp_path: Path, add_camera: Add, make_context: Make
) -> None:
    entry = add_camera(0, by_id="usb-Acme_Cam_123-video-index0")
    context = make_context(in_meeting=True)
    await probe(Settings(), context)
    for part in entry.iterdir():
        part.unlink()
    entry.rmdir()
    (tmp_path / "dev/v4l/by-id/usb-Acme_Cam_123-video-index0").unlink()
    gone = by_check(await probe(Settings(), context), PRESENT)
    assert isinstance(gone, Reading)
    assert (gone.finding, gone.target) == ("camera_missing", "usb-Acme_Cam_123-video-index0")
    add_camera(3, by_id="usb-Acme_Cam_123-video-index0")
    back = by_check(await probe(Settings(), context), PRESENT)
    assert isinstance(back, Reading)
    assert (back.finding, back.target, back.evidence["node"]) == ("", "usb-Acme_Cam_123-video-index0", "/dev/video3")


async def test_a_configured_camera_that_is_not_there_is_missing(make_context: Make) -> None:
    found = by_check(await probe(Settings(cameras=("Acme",)), make_context()), PRESENT)
    assert isinstance(found, Reading) and found.finding == "camera_missing" and found.target == "Acme"


async def test_a_configured_camera_is_there_and_missing_under_the_name_of_the_configuration(
    tmp_path: Path, add_camera: Add, make_context: Make
) -> None:
    add_camera(0, by_id="usb-Acme_Cam_123-video-index0")
    add_camera(2, by_id="usb-Other_Cam-video-index0")
    context, settings = make_context(in_meeting=True), Settings(cameras=("Acme", "Absent"))
    rows = [one for one in await probe(settings, context) if one.check == PRESENT and isinstance(one, Reading)]
    assert [(one.target, one.finding) for one in rows] == [("Acme", ""), ("Absent", "camera_missing")]
    assert rows[0].evidence == {"node": "/dev/video0", "camera": "usb-Acme_Cam_123-video-index0"}
    rows = [one for one in await probe(Settings(), context) if one.check == PRESENT and isinstance(one, Reading)]
    assert {one.target for one in rows} == {"usb-Acme_Cam_123-video-index0", "usb-Other_Cam-video-index0"}


async def test_a_room_without_cameras_has_nothing_to_measure(make_context: Make) -> None:
    assert isinstance(by_check(await probe(Settings(), make_context()), PRESENT), NothingToMeasure)


async def test_twenty_cameras_are_told_apart(add_camera: Add, make_context: Make) -> None:
    for number in range(20):
        add_camera(number * 2)
        add_camera(number * 2 + 1, index=1)
    found = await probe(Settings(), make_context(in_meeting=True))
    assert len({one.target for one in found if one.check == PRESENT}) == 20


async def test_a_device_that_has_gone_since_enumeration_gives_a_reading(add_camera: Add, make_context: Make) -> None:
    add_camera(0)
    started = time.monotonic()
    reading = by_check(await probe(Settings(), make_context()), PICTURE)
    assert isinstance(reading, Reading)
    assert reading.finding == "camera_no_frames"
    assert reading.evidence["reason"]
    assert time.monotonic() - started < 20
