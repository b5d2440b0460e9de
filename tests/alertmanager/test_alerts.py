"""What is posted of the incidents that are open, and to which member when."""

from __future__ import annotations

import math

import pytest

from alerting.alertmanager.alerts import ENDED_SECONDS, NAME, RESEND_SECONDS, Alert, Labels, alerts_of
from alerting.alertmanager.posted_alerts import AlertBoard
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import FaultRecord, Incident, Phase
from alerting.model.room import Room

ROOM = Room(id="3-12", name="Lakeside", site="hq", floor="3")


def incident(number: int = 7, **more: object) -> Incident:
    values: dict[str, object] = {
        "id": number,
        "room": "3-12",
        "code": "camera_missing",
        "fault_class": FaultClass.DEVICE,
        "severity": Severity.CRITICAL,
        "opened_at": 100.0,
        "faults": (FaultRecord(code="camera_missing", target="cam0", since=90.0),),
    }
    return Incident(**{**values, **more})  # type: ignore[arg-type]


def standing(*incidents: Incident, **more: object) -> list[Alert]:
    return list(alerts_of(incidents, {"3-12": ROOM}, **{"labels": {}, **more}).values())  # type: ignore[arg-type]


def test_an_open_fault_is_an_alert_that_a_lock_screen_shows_whole() -> None:
    (alert,) = standing(incident(), meetings=["3-12"], labels={"team": "av"}, public_url="https://room/")
    assert dict(alert.labels) == {
        "alertname": NAME,
        "kind": "room",
        "site": "hq",
        "floor": "3",
        "room": "3-12",
        "code": "camera_missing",
        "target": "cam0",
        "fault_class": "device",
        "severity": "critical",
        "incident": "7",
        "team": "av",
    }
    assert alert.annotations["summary"] == "Lakeside, floor 3, hq: Camera is missing (cam0), meeting running"
    assert alert.annotations["summary_zh"] == "hq 3 楼 Lakeside：摄像头未连接（cam0），会议进行中"
    assert alert.link == alert.annotations["runbook_url"] == "https://room/i/7"
    assert alert.document(160.0) | {"labels": 0, "annotations": 0} == {
        "labels": 0,
        "annotations": 0,
        "startsAt": "1970-01-01T00:01:30.000+00:00",
        "endsAt": "1970-01-01T00:02:40.000+00:00",
        "generatorURL": "https://room/i/7",
    }


@pytest.mark.parametrize("more", [{"drill": True}, {"phase": Phase.RESOLVED}, {"phase": Phase.CLOSED}])
def test_drills_and_what_is_over_are_no_alerts(more: dict[str, object]) -> None:
    assert standing(incident(**more)) == []


def test_each_open_fault_is_one_and_a_cleared_one_is_none() -> None:
    faults = (
        FaultRecord(code="camera_missing", target="cam0", since=90.0, cleared_at=95.0),
        FaultRecord(code="camera_missing", target="cam1", since=91.0),
        FaultRecord(code="usb_errors", since=92.0),
    )
    found = standing(incident(faults=faults))
    assert [dict(one.labels).get("target", "") for one in found] == ["cam1", ""]


def test_an_incident_that_a_person_opened_again_is_posted_by_its_own_code() -> None:
    fault = FaultRecord(code="camera_missing", target="cam0", since=90.0, cleared_at=95.0)
    (alert,) = standing(incident(faults=(fault,), phase=Phase.OPEN))
    assert dict(alert.labels)["code"] == "camera_missing" and alert.starts_at == 100.0


def test_text_from_outside_arrives_as_it_is_or_written_out() -> None:
    fault = FaultRecord(code="camera_missing", target='会"议\n🎥\udcff', since=90.0)
    (alert,) = standing(incident(faults=(fault,)))
    assert dict(alert.labels)["target"] == '会"议\n🎥\\udcff'


def shown(*numbers: int) -> dict[Labels, Alert]:
    return alerts_of([incident(number) for number in numbers], {}, labels={})


def due(board: AlertBoard, member: str, now: float) -> list[tuple[int, bool]]:
    """(incident, over) of what the member is due to be sent; it takes all of it."""
    found = board.due(member, now)
    board.accepted(member, found, now)
    return [(one.alert.incident, one.ended_at is not None) for one in found]


def test_what_stands_is_sent_at_once_and_again_and_its_end_too() -> None:
    board = AlertBoard()
    board.show(shown(1), 0.0)
    assert due(board, "a", 1.0) == [(1, False)]
    assert due(board, "a", RESEND_SECONDS) == []
    assert board.next_at("a") == 1.0 + RESEND_SECONDS
    assert due(board, "a", 1.0 + RESEND_SECONDS) == [(1, False)]
    board.show({}, 70.0)
    assert due(board, "a", 70.0) == [(1, True)]
    assert due(board, "a", 70.0 + RESEND_SECONDS) == [(1, True)]
    board.show({}, 71.0 + ENDED_SECONDS)
    assert board.next_at("a") == math.inf


def test_a_member_that_was_away_gets_what_it_missed_and_the_others_nothing_twice() -> None:
    board = AlertBoard()
    board.show(shown(1), 0.0)
    assert due(board, "a", 0.0) == [(1, False)]
    board.show(shown(2), 10.0)
    assert due(board, "a", 10.0) == [(1, True), (2, False)]
    assert due(board, "b", 11.0) == [(1, True), (2, False)]


def test_a_fault_that_is_back_stands_again() -> None:
    board = AlertBoard()
    for now, standing_now in ((0.0, shown(1)), (5.0, {}), (10.0, shown(1))):
        board.show(standing_now, now)
        assert due(board, "a", now) == [(1, not standing_now)]
    assert board.all_accepted(1)


def test_an_incident_counts_as_accepted_once_each_alert_of_it_is_by_some_member() -> None:
    faults = tuple(FaultRecord(code="camera_missing", target=f"cam{n}", since=90.0) for n in range(2))
    board = AlertBoard()
    assert board.silent_since(7) is None
    board.show(alerts_of([incident(faults=faults)], {}, labels={}), 5.0)
    assert not board.all_accepted(7) and board.silent_since(7) == 5.0
    one, other = board.due("a", 6.0)
    board.accepted("a", [one], 6.0)
    assert not board.all_accepted(7) and board.silent_since(7) == 5.0
    board.accepted("b", [other], 7.0)
    assert board.all_accepted(7) and board.silent_since(7) == 6.0 + RESEND_SECONDS


def test_a_member_that_is_no_longer_asked_vouches_for_nothing() -> None:
    board = AlertBoard()
    board.show(shown(1), 0.0)
    assert due(board, "a", 0.0) == [(1, False)]
    board.keep(["b"])
    assert not board.all_accepted(1)
