"""Which incident a fault belongs to: one room, one cause, one incident."""

from __future__ import annotations

import pytest

from alerting.model.fault import Fault, FaultClass
from tests.alerting.stage import RUNNING, START, Stage


def fault(code: str, target: str = "", after: float = 0.0, **more: object) -> Fault:
    return Fault(room="R1", code=code, target=target, since=START + after, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        (fault("camera_missing", "cam0"), fault("camera_missing", "cam1", 8), True),
        (fault("camera_missing", "cam0"), fault("camera_missing", "cam1", 600), False),
        (fault("camera_missing", "cam0"), fault("camera_frozen", "cam1", 5), False),
        (fault("camera_frozen", "cam0"), fault("camera_missing", "cam0", 600), True),
        (fault("camera_frozen", "usb-Acme_C9_77-video-index0"), fault("camera_missing", "acme_c9", 600), True),
        (fault("camera_missing", "cam0", symptoms=("camera_frozen",)), fault("camera_frozen", "cam1", 600), False),
        (fault("app_not_running", "zoom"), fault("app_hung", "teams", 5), False),
        (fault("app_not_running", "zoom"), fault("app_hung", "zoom", 5), True),
        (fault("app_not_running", "zoom"), fault("app_not_running", "teams", 4), True),
        (fault("link_down", "eth0"), fault("service_unreachable", "zoom.us", 600), True),
        (fault("microphone_muted", "mic0"), fault("microphone_dead", "mic0", 600), True),
        (fault("link_down", "eth0"), fault("camera_missing", "cam0", 1), False),
    ],
)
async def test_what_broke_by_one_cause_is_one_incident(stage: Stage, first: Fault, second: Fault, one: bool) -> None:
    number = await stage.engine.fault_opened(first, RUNNING)
    assert (await stage.engine.fault_opened(second, RUNNING) == number) is one


@pytest.mark.parametrize(
    ("said", "one"),
    [(FaultClass.DEVICE, True), (FaultClass.OTHER, True), (FaultClass.OPERATOR, True), (FaultClass.NETWORK, False)],
)
async def test_what_a_probe_finds_after_a_report_is_its_evidence(stage: Stage, said: FaultClass, one: bool) -> None:
    number = await stage.engine.report_by_person("R1", by="guest", fault_class=said, text="no picture")
    assert (await stage.engine.fault_opened(fault("camera_frozen", "cam0", 60), RUNNING) == number) is one
    if one:
        assert await stage.engine.fault_opened(fault("link_down", "eth0", 90), RUNNING) != number
        await stage.engine.fault_cleared(fault("camera_frozen", "cam0"))
        assert not next(i for i in stage.engine.incidents() if i.id == number).phase.live


@pytest.mark.parametrize("code", ["calendar_unreadable", "clock_suspect"])
async def test_what_nobody_in_the_room_notices_is_not_what_they_reported(stage: Stage, code: str) -> None:
    number = await stage.engine.report_by_person("R1", by="guest", fault_class=FaultClass.OTHER, text="the beamer")
    assert await stage.engine.fault_opened(fault(code), RUNNING) != number


async def test_a_report_about_a_whole_site_takes_no_fault_of_a_room(stage: Stage) -> None:
    number = await stage.engine.report_by_person(
        "R1", by="guest", fault_class=FaultClass.DEVICE, scope="site", declare=True
    )
    assert await stage.engine.fault_opened(fault("camera_frozen", "cam0"), RUNNING) != number
