"""Who was told, as the deliveries say it: accepted, held, failed, given up and merged are different things."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.delivery.contract import Outcome
from alerting.delivery.who_was_told import Reach, digests_of, recipients
from alerting.journal.rows import Notification, NotificationState
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.service.display_names import DisplayNames
from alerting.service.incident_row import incident_row
from tests.alerting.stage import RUNNING, START, Organisation, Stage
from tests.report.story import example_plan

S = NotificationState


def row(state: NotificationState, **fields: object) -> Notification:
    values: dict[str, object] = {
        "key": "k",
        "incident": 1,
        "kind": "opened",
        "contact": "wang",
        "channel": "1",
        "path": "mail",
        "decided_at": START,
        "expires_at": START + 9e4,
        "state": state,
        **fields,
    }
    return Notification(**values)  # type: ignore[arg-type]


DIGEST = row(S.FAILED, key="d", kind="digest", incident=0)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(S.SENT, accepted_at=START + 4)], (Reach.ACCEPTED, START + 4)),
        ([row(S.PENDING, not_before=START + 600)], (Reach.HELD, START + 600)),
        ([row(S.PENDING, not_before=START - 600)], (Reach.PENDING, None)),
        ([row(S.PENDING, attempts=2)], (Reach.RETRYING, None)),
        ([row(S.SENDING, attempts=1)], (Reach.SENDING, None)),
        ([row(S.FAILED)], (Reach.FAILED, None)),
        ([row(S.EXPIRED)], (Reach.EXPIRED, None)),
        ([row(S.OBSERVED, accepted_at=START)], (Reach.OBSERVED, None)),
        ([row(S.SUPERSEDED)], (Reach.WITHDRAWN, None)),
        ([row(S.SUPERSEDED, superseded_by="d")], (Reach.FAILED, None)),
        ([row(S.SUPERSEDED, superseded_by="d", accepted_at=START + 9)], (Reach.ACCEPTED, START + 9)),
        ([row(S.FAILED), row(S.SENT, accepted_at=START + 8, path="sms")], (Reach.ACCEPTED, START + 8)),
        ([row(S.FAILED), row(S.PENDING, not_before=START + 99)], (Reach.HELD, START + 99)),
        ([row(S.EXPIRED), row(S.FAILED)], (Reach.FAILED, None)),
    ],
)
def test_each_state_of_a_message_is_its_own(rows: list[Notification], expected: tuple[Reach, float | None]) -> None:
    (one,) = recipients(rows, START, [DIGEST])
    assert (one.reach, one.at) == expected


async def test_the_open_incident_and_the_journal_say_the_same_of_who_was_told(tmp_path: Path) -> None:
    """At night: wang's way refuses for good, the deputy is told, leadership's notice waits for the morning."""
    stage = Stage(tmp_path, Organisation(quiet=START + 7 * 3600))
    stage.post.fate["wang/mail"] = Outcome.PERMANENT
    loud = await stage.engine.fault_opened(Fault(room="R1", code="camera_missing", target="c", since=START), RUNNING)
    quiet = await stage.engine.fault_opened(
        Fault(room="R2", code="microphone_hum", target="m", since=START), MeetingState(running=False)
    )
    await stage.until(6 * 60)
    names = DisplayNames(example_plan, dict)
    for number, expected in (
        (loud, {"wang": Reach.FAILED, "li": Reach.ACCEPTED}),
        (quiet, {"wang": Reach.HELD}),
    ):
        told = stage.engine.recipients(number)
        assert {one.contact: one.reach for one in told} == expected
        rows = stage.journal.reader.notifications(number)
        assert recipients(rows, stage.clock.now, digests_of(stage.journal.reader, rows)) == told
        incident = stage.journal.reader.incident(number)
        assert incident is not None
        shown = incident_row(incident, told, names, stage.clock.now, here="R1")["told"]
        assert [one["state"] for one in shown] == [one.reach for one in told]
        assert all((one["at"] is not None) == (one["state"] in ("accepted", "held")) for one in shown)
    await stage.close()
