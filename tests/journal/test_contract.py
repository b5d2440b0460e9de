"""What every journal keeps: whole batches or nothing, in order, over restarts, seen alike by every reader."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.journal import Event, Journal, JournalUnavailable, Notification, NotificationState
from alerting.journal.contract import JournalEditor
from alerting.journal.rows import Batch
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import FaultRecord, Incident, Phase, ReportState
from alerting.model.reason import said
from tests.journal.implementations import IMPLEMENTATIONS, Implementation

AT = 1_800_000_000.0
replace = msgspec.structs.replace


def incident(number: int, at: float = AT, **fields: object) -> Incident:
    values: dict[str, object] = {
        "id": number,
        "room": "R301",
        "code": "camera_missing",
        "fault_class": FaultClass.DEVICE,
        "severity": Severity.CRITICAL,
        "opened_at": at,
        "faults": (FaultRecord(code="camera_missing", target="摄像头", since=at),),
    }
    return Incident(**(values | fields))  # type: ignore[arg-type]


def event(number: int, verb: str = "note", at: float = AT, **fields: object) -> Event:
    return Event(incident=number, verb=verb, at=at, **fields)  # type: ignore[arg-type]


def message(key: str, number: int, at: float = AT, **fields: object) -> Notification:
    values: dict[str, object] = {
        "key": key,
        "incident": number,
        "kind": "opened",
        "contact": "wang",
        "channel": "mail",
        "decided_at": at,
        "expires_at": at + 60,
    }
    return Notification(**(values | fields))  # type: ignore[arg-type]


def batch(
    *events: Event,
    incidents: tuple[Incident, ...] = (),
    messages: tuple[Notification, ...] = (),
    memory: dict[str, str] | None = None,
) -> Batch:
    return Batch(
        events=list(events),
        incidents={one.id: one for one in incidents},
        notifications={one.key: one for one in messages},
        memory=memory or {},
    )


async def test_an_empty_journal_knows_nothing(journal: Journal) -> None:
    reader = journal.reader
    assert (reader.incidents(), reader.events(), reader.notifications(), reader.unfinished()) == ([], [], [], [])
    assert (reader.memories(), reader.last_number(), reader.last_time()) == ({}, 0, 0.0)
    assert (reader.incident(1), reader.notification("k"), reader.heard_since(0.0)) == (None, None, {})


async def test_rows_come_back_as_they_were_written(journal: Journal) -> None:
    kept = incident(7, done="换了线，见“附件”")
    happened = event(
        7, "opened", by="王强", why=said("线缆 'a' \"b\" \\ % _"), data={"to": ["wang"], "n": 1.5, "空": None}
    )
    told = message("k1", 7, state=NotificationState.SENT, body="正文\n第二行", accepted_at=AT + 1.25, drill=True)
    await journal.commit(batch(happened, incidents=(kept,), messages=(told,), memory={"installation": "ab", "空": ""}))
    reader = journal.reader
    assert reader.incident(7) == kept
    assert reader.events(7) == [happened]
    assert reader.notification("k1") == told
    assert reader.memories() == {"installation": "ab", "空": ""}
    assert (reader.last_number(), reader.last_time()) == (7, AT)


async def test_what_was_written_is_there_after_a_restart_and_a_later_form_replaces_an_earlier(
    implementation: Implementation, tmp_path: Path
) -> None:
    first = implementation.open(tmp_path)
    await first.commit(batch(event(1, "opened"), incidents=(incident(1),), messages=(message("k", 1),)))
    first.close()
    second = implementation.open(tmp_path)
    closed = incident(1, phase=Phase.CLOSED, closed_at=AT + 9)
    sent = message("k", 1, state=NotificationState.SENT, accepted_at=AT + 2)
    await second.commit(batch(event(1, "closed", AT + 9), incidents=(closed,), messages=(sent,), memory={"a": "1"}))
    await second.commit(batch(memory={"a": "2"}))
    reader = second.reader
    assert [one.verb for one in reader.events(1)] == ["opened", "closed"]
    assert (reader.incidents(), reader.notifications()) == ([closed], [sent])
    assert (reader.live_incidents(), reader.unfinished(), reader.memories()) == ([], [], {"a": "2"})
    second.close()


async def test_a_batch_is_written_whole_or_not_at_all(journal: Journal) -> None:
    await journal.commit(batch(event(1, "opened"), incidents=(incident(1),)))
    whole = batch(event(1, "taken"), incidents=(incident(1, taken_by="wang"),), memory={"a": "1"})
    broken = replace(whole, notifications={"k": message("k", 1, body=object())})
    with pytest.raises((TypeError, JournalUnavailable)):
        await journal.commit(broken)
    reader = journal.reader
    assert ([one.verb for one in reader.events()], reader.memories()) == (["opened"], {})
    assert reader.incident(1) == incident(1)
    await journal.commit(whole)
    assert [one.verb for one in reader.events()] == ["opened", "taken"]


async def test_half_a_character_is_written_out(journal: Journal) -> None:
    half = b"\xb2\xe2".decode("utf-8", "surrogateescape")
    await journal.commit(batch(event(1, why=said(half)), messages=(message("k", 1, body=half),)))
    (kept,) = journal.reader.events()
    assert kept.why == said(r"\udcb2\udce2")


async def test_events_keep_the_order_in_which_they_were_written_not_that_of_their_times(journal: Journal) -> None:
    await journal.commit(batch(event(1, "b", AT + 5), event(2, "x", AT + 6), event(1, "a", AT)))
    await journal.commit(batch(event(1, "c", AT + 1)))
    reader = journal.reader
    assert [one.verb for one in reader.events(1)] == ["b", "a", "c"]
    assert [one.verb for one in reader.events()] == ["b", "x", "a", "c"]
    assert [one.verb for one in reader.events(since=AT + 5)] == ["b", "x"]
    assert reader.last_time() == AT + 1


async def test_what_a_reader_asks_for_is_what_it_gets(journal: Journal) -> None:
    closed = incident(1, AT, phase=Phase.CLOSED, closed_at=AT + 5)
    owing = incident(2, AT + 10, phase=Phase.CLOSED, closed_at=AT + 15, report=ReportState.SIGNED)
    live = incident(3, AT + 20, phase=Phase.MITIGATED)
    drill = incident(4, AT + 30, drill=True)
    states = (NotificationState.PENDING, NotificationState.SENDING, NotificationState.SENT, NotificationState.FAILED)
    told = tuple(message(f"k{n}", n + 1, AT + 40 - n, state=state) for n, state in enumerate(states))
    await journal.commit(batch(incidents=(drill, live, owing, closed), messages=told))
    reader = journal.reader
    assert [one.id for one in reader.incidents()] == [1, 2, 3, 4]
    assert [one.id for one in reader.incidents(AT + 10, AT + 30)] == [2, 3]
    assert [one.id for one in reader.incidents(drills=False)] == [1, 2, 3]
    assert [one.id for one in reader.live_incidents()] == [2, 3, 4]
    assert [one.key for one in reader.notifications()] == ["k3", "k2", "k1", "k0"]
    assert [one.key for one in reader.notifications(2)] == ["k1"]
    assert [one.key for one in reader.notifications(since=AT + 39)] == ["k1", "k0"]
    assert [one.key for one in reader.unfinished()] == ["k1", "k0"]
    assert reader.incident(10**30) is None


async def test_heard_since_names_the_incidents_of_the_newest_events(journal: Journal) -> None:
    await journal.commit(batch(event(1, "opened", AT), event(2, "opened", AT + 10), event(1, "note", AT + 20)))
    assert set(journal.reader.heard_since(AT + 10)) == {1, 2}
    assert journal.reader.heard_since(AT + 15) == {1: (AT + 20, "note")}


async def test_a_snapshot_does_not_move_while_others_write(
    journal: Journal, implementation: Implementation, tmp_path: Path
) -> None:
    await journal.commit(batch(event(1, "opened"), incidents=(incident(1),)))
    reader = implementation.open_reader(tmp_path)
    with reader.snapshot():
        assert len(reader.events()) == 1
        await journal.commit(batch(event(1, "taken"), incidents=(incident(1, taken_by="wang"),)))
        assert [one.verb for one in reader.events()] == ["opened"]
        found = reader.incident(1)
        assert found is not None
        assert found.taken_by == ""
    assert [one.verb for one in reader.events()] == ["opened", "taken"]
    reader.close()


async def test_a_journal_that_is_not_there_yet_cannot_be_read(implementation: Implementation, tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailable, match="there is none yet"):
        implementation.open_reader(tmp_path / "elsewhere")


async def test_reading_goes_on_beside_writing(journal: Journal) -> None:
    async def write(number: int) -> None:
        await journal.commit(batch(event(number, "opened"), incidents=(incident(number),)))

    async def read() -> int:
        return await journal.read(lambda reader: len(reader.events()))

    found = await asyncio.gather(*(write(n) for n in range(1, 20)), *(read() for _ in range(20)))
    assert all(isinstance(one, int) and 0 <= one <= 19 for one in found if one is not None)
    assert await read() == 19


async def test_rows_are_changed_in_one_transaction_or_not_at_all(journal: Journal) -> None:
    told = message("k-wang", 1)
    await journal.commit(
        batch(event(1, "opened"), event(1, "note", by="wang"), incidents=(incident(1),), messages=(told,))
    )

    def rename(editor: JournalEditor) -> None:
        old = editor.case(1)
        assert old.incident is not None
        new = replace(
            old,
            incident=replace(old.incident, taken_by="person 1"),
            events=[(place, replace(one, by="person 1", data={"a": 1})) for place, one in old.events],
            notifications=[replace(one, key="k-person 1", contact="person 1") for one in old.notifications],
        )
        editor.replace(old, new)
        editor.remember("done", "yes")

    def rename_and_break(editor: JournalEditor) -> None:
        rename(editor)
        raise ValueError("in the middle")

    reader = journal.reader
    with pytest.raises(ValueError, match="in the middle"):
        await journal.change(rename_and_break)
    assert (reader.notification("k-wang"), reader.memories()) == (told, {})
    await journal.change(rename)
    assert [(one.verb, one.by) for one in reader.events(1)] == [("opened", "person 1"), ("note", "person 1")]
    assert [(one.key, one.contact) for one in reader.notifications(1)] == [("k-person 1", "person 1")]
    found = reader.incident(1)
    assert found is not None
    assert (found.taken_by, reader.memories()) == ("person 1", {"done": "yes"})
    await journal.commit(batch(event(1, "closed")))
    assert [one.verb for one in reader.events(1)] == ["opened", "note", "closed"]


async def test_an_editor_sees_what_belongs_to_no_incident_up_to_a_time_and_who_was_closed_when(
    journal: Journal,
) -> None:
    await journal.commit(
        batch(
            event(0, "woke", AT),
            event(0, "woke", AT + 100),
            incidents=tuple(incident(n, AT, phase=Phase.CLOSED, closed_at=AT + n * 10) for n in (3, 1, 2)),
            messages=(message("r1", 0, AT), message("r2", 0, AT + 100)),
        )
    )

    def look(editor: JournalEditor) -> tuple[list[int], int, int, list[tuple[int, float]]]:
        none = editor.case(0, AT + 50)
        return editor.numbers(), len(none.events), len(none.notifications), editor.closed(AT + 10, AT + 30, 5)

    numbers, events, notifications, closed = await journal.change(look)
    assert (numbers, events, notifications) == ([1, 2, 3], 1, 1)
    assert closed == [(2, AT + 20), (3, AT + 30)]


async def test_retention_takes_closed_incidents_whole_and_leaves_what_is_open_owed_or_the_newest(
    journal: Journal,
) -> None:
    old = {"phase": Phase.CLOSED, "closed_at": AT + 5}
    incidents = (
        incident(1, **old),
        incident(2, **old, report=ReportState.SIGNED),
        incident(3),
        incident(4, phase=Phase.CLOSED, closed_at=AT + 500),
        incident(5, **old),
    )
    await journal.commit(
        batch(
            *(event(n) for n in range(6)),
            event(0, at=AT + 500),
            incidents=incidents,
            messages=(*(message(f"k{n}", n, state=NotificationState.SENT) for n in range(6)), message("waits", 0)),
            memory={"reminded.a": str(AT), "reminded.b": str(AT + 500), "stock.x": "1"},
        )
    )
    assert await journal.retain(AT + 100) == 1
    reader = journal.reader
    assert [one.id for one in reader.incidents()] == [2, 3, 4, 5]
    assert sorted(one.incident for one in reader.events()) == [0, 2, 3, 4, 5]
    assert sorted(one.key for one in reader.notifications()) == ["k2", "k3", "k4", "k5", "waits"]
    assert sorted(reader.memories()) == ["reminded.b", "stock.x"]
    assert reader.last_number() == 5


texts = st.text(max_size=40)
figures = st.floats(min_value=0, allow_nan=False, allow_infinity=False, width=32)


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
@settings(max_examples=15, deadline=None)
@given(why=texts, by=texts, at=figures, data=st.dictionaries(texts, st.none() | st.booleans() | figures | texts))
def test_any_event_comes_back_or_is_written_out(
    name: str, why: str, by: str, at: float, data: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = IMPLEMENTATIONS[name].open(tmp_path_factory.mktemp("any"))
    written = event(1, at=at, why=said(why), by=by, data=data)
    made.write(batch(written, memory={why: by}))
    assert made.reader.events() == [written]
    assert made.reader.memories() == {why: by}
    made.close()
