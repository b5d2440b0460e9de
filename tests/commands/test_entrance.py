"""One entrance: the same names, permissions and answer whoever asks, and the journal says who typed for whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerting.model.actor import Actor, ActorKind, contact
from alerting.model.reason import because
from alerting.model.reply import Reply
from alerting.service.answer import CommandRequest
from tests.alerting.stage import RUNNING, START
from tests.commands.asking import ROOT, ask
from tests.rooms.site import PLAN, ROOMS, Site

MORE = """
[contacts.li]
name = "Li Wei"
language = "zh-CN"
mail = "li@example.org"
channels = ["json://127.0.0.1:1/li"]
[groups.office]
name = "Office"
members = ["li"]
[materials.cable]
name = "Cable"
quantity = 2
[inspections.devices]
name = "Check"
every_days = 30
start = 2030-01-01
[backups.other]
name = "Other room"
kind = "room"
room = "4F"
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(tmp_path, PLAN + MORE, rooms=ROOMS, home=ROOMS[0])
    await made.breaks("camera_missing", "cam0", RUNNING)
    await made.until(1)
    yield made
    await made.service.close()


def entered(site: Site, verb: str) -> list[tuple[str, Any]]:
    return [(one.by, one.data.get("entered")) for one in site.service.journal.reader.events() if one.verb == verb]


async def test_every_verb_has_both_names_in_the_journal(site: Site) -> None:
    login = {"kind": "login", "by": "root"}
    said: dict[str, dict[str, object]] = {
        "take": {}, "confirm": {}, "note": {"text": "x"}, "order": {"text": "x", "to": ["Chen Li"]},
        "assign": {"to": ["chen"]}, "accept": {}, "snooze": {"until": START + 600}, "class": {"fault_class": "network"},
        "severity": {"severity": "critical"}, "backup_start": {}, "mitigate": {}, "done": {"text": "x"},
        "resolve": {"force": True}, "feedback": {"score": 4}, "close": {},
    }  # fmt: skip
    written = {"take": "taken", "confirm": "confirmed", "assign": "assigned", "accept": "helper_accepted",
               "snooze": "snoozed", "backup_start": "backup_ordered", "mitigate": "mitigated", "resolve": "resolved",
               "close": "closed"}  # fmt: skip
    for verb, arguments in said.items():
        answer = await ask(site.service, verb, by="wang", incident=1, **arguments)
        assert answer.refused is None, (verb, answer.refused)
        assert answer.by == "Wang Qiang"
        assert entered(site, written.get(verb, verb))[-1] == ("wang", login), verb
    for verb, arguments, name in (
        ("spare_take", {"name": "cable"}, "spare_taken"),
        ("spare_return", {"name": "cable"}, "spare_returned"),
        ("spare_checked", {"name": "cable"}, "material_checked"),
        ("inspection_done", {"name": "devices", "text": "x"}, "inspection_done"),
        ("backup_tested", {"name": "other", "ok": True}, "backup_tested"),
        ("drill", {"fault": "microphone_missing", "room": "R1", "in_meeting": True}, "drill_started"),
        ("people_export", {"name": "Ann"}, "people_export"),
    ):
        answer = await ask(site.service, verb, by="wang", **arguments)
        assert answer.refused is None, (verb, answer.refused)
        assert entered(site, name)[-1] == ("wang", login), verb
    await ask(site.service, "declare", by="Ann", text="it is dark")
    assert entered(site, "opened")[-1] == ("Ann", login)
    assert entered(site, "opened")[0] == ("roomwatch", None), "the machine types nothing"


async def test_anonymous_feedback_names_nobody_not_even_who_typed(site: Site) -> None:
    assert (await ask(site.service, "feedback", incident=1, score=2, anonymous=True)).refused is None
    assert entered(site, "feedback") == [("", None)]


async def test_a_long_text_is_taken_and_one_that_is_too_long_is_refused_with_its_length(site: Site) -> None:
    assert (await ask(site.service, "note", by="wang", incident=1, text="字" * 11_000)).refused is None
    long = "x" * 120_000
    said: dict[str, dict[str, object]] = {
        "note": {"incident": 1, "text": long},
        "declare": {"text": long},
        "report": {"text": "x", "room": long},
        "order": {"incident": 1, "text": "x", "to": [long]},
        "token_make": {"name": long, "scopes": ["read"]},
    }
    for verb, arguments in said.items():
        answer = await ask(site.service, verb, by="wang", **arguments)  # type: ignore[arg-type]
        assert answer.refused == because("text_too_long", count=120_000, most=20_000), verb
    assert (await ask(site.service, "note", by=long, incident=1, text="x")).refused is not None


async def test_no_entrance_keeps_a_mark_that_turns_the_direction_of_text(site: Site) -> None:
    await ask(site.service, "note", by="wang", incident=1, text="line\u202e one\nשלום\u200f two")
    told = [one for one in site.service.journal.reader.events(1) if one.verb == "note"]
    assert told[-1].why.values == {"text": "line one\nשלום two"}
    await ask(site.service, "declare", by="Ann\u2066", text="it is dark")
    assert entered(site, "opened")[-1][0] == "Ann"


async def test_no_entrance_keeps_what_a_terminal_obeys(site: Site) -> None:
    await ask(site.service, "note", by="wang", incident=1, text="one\x1b[2J\r\n\ttwo\x00\x9b")
    told = [one for one in site.service.journal.reader.events(1) if one.verb == "note"]
    assert told[-1].why.values == {"text": "one[2J\n\ttwo"}
    for scope in ("floor", "site"):
        answer = await ask(
            site.service, "declare", by="Ann\x1b\nLi", text="it is\x07 dark", scope=scope, room="\x1b[2J 3\n F\x7f"
        )
        (opened,) = [one for one in site.service.engine.incidents() if one.id == answer.number]
        assert (opened.room, opened.faults[0].evidence["text"]) == ("[2J 3 F", "it is dark")
        assert entered(site, "opened")[-1][0] == "Ann Li"
        assert not any(sign in str(site.service.journal.reader.events(answer.number)) for sign in ("\x1b", "\\x1b"))


@pytest.mark.parametrize("wanted", [True, False])
async def test_what_is_said_of_a_meeting_is_kept_without_a_name_and_only_where_the_plan_asks(
    tmp_path: Path, wanted: bool
) -> None:
    site = Site(tmp_path, f"feedback_after_meetings = {str(wanted).lower()}\n" + PLAN, rooms=ROOMS, home=ROOMS[0])
    guest = Actor(kind=ActorKind.PARTICIPANT, name="participant", person="participant")
    said = {"room": "R2", "score": 2, "text": "echo"}
    answer = await site.service.command(CommandRequest(verb="meeting_feedback", actor=guest, arguments=said))
    kept = [one for one in site.service.journal.reader.events() if one.verb == "meeting_feedback"]
    assert [(one.incident, one.by, one.data) for one in kept] == [(0, "", {"room": "R2", "score": 2})] * wanted
    assert answer.refused == (None if wanted else because("feedback_not_wanted"))
    await site.service.close()


async def test_the_same_name_is_resolved_alike_for_who_acts_and_for_whom_it_concerns(site: Site) -> None:
    near = await ask(site.service, "order", by="wang", incident=1, text="x", to=["Chen Lee"])
    assert near.refused is not None and near.refused.code == "did_you_mean"
    unknown = await ask(site.service, "order", by="wang", incident=1, text="x", to=["Zorro"])
    assert unknown.refused is not None and unknown.refused.code in ("unknown_name", "did_you_mean")
    assert (
        await ask(site.service, "order", by="WANG", incident=1, text="x", to=["technical", "chen li"])
    ).refused is None
    asked = await ask(site.service, "take", by="Wang Qang", incident=1)
    assert asked.refused is not None and asked.refused.values["near"] == ("Wang Qiang (wang)",)


async def test_words_of_a_refusal_come_in_the_language_of_who_asked(site: Site) -> None:
    answer = await ask(site.service, "take", incident=1)
    assert answer.refused is not None
    assert site.service.said(answer.refused, "en").startswith("root is no contact of the plan. Say in whose name")
    assert site.service.said(answer.refused, "zh-CN").startswith("root 不是预案中的联系人")
    asked = await ask(site.service, "decline", by="chen", incident=1)
    assert asked.refused is not None
    assert "Chen Li was not asked" in site.service.said(asked.refused, "en"), "people by their names"


async def test_a_caller_who_is_nobody_of_the_plan_is_said_so_and_a_near_name_is_shown(site: Site) -> None:
    stranger = await ask(site.service, "declare", by="Ann", text="no light")
    assert (stranger.document["caller"], stranger.document["near"]) == (True, [])
    alike = await ask(site.service, "declare", by="Li Wie", text="no light")
    assert alike.document["near"] == ["Li Wei (li)"]
    known = await ask(site.service, "declare", by="li wei", text="no light", room="garden")
    assert "caller" not in known.document
    (incident,) = [one for one in site.service.engine.incidents() if one.id == known.number]
    assert (incident.opened_by, incident.room) == ("li", "R2")


async def test_a_link_and_a_mail_come_by_the_same_entrance(site: Site) -> None:
    desk = site.service.desk
    reader = desk.reader(1, site.service.inbound.links.key(1, "li", START))
    assert reader is not None
    opened = await desk.open(1, "R1")
    assert opened is not None
    button = desk.button("take", opened.incident, reader)
    pressed = await desk.press(reader, 1, "take", button["token"], button["seen"], {})
    assert (pressed.refused, pressed.by) == (None, "Li Wei")
    assert entered(site, "taken") == [("li", {"kind": "link", "by": "li"})]
    mail = Reply(contact="wang", way="mail", verb="take", incident=2, token="t", item="1", source="mail.a")
    assert await site.service.commands.reply(mail) == "done"
    topic = Reply(contact="wang", way="mqtt", verb="confirm", incident=2, token="t2", item="2", source="mqtt.a")
    await site.service.commands.reply(topic)
    assert entered(site, "taken")[-1] == ("wang", {"kind": "mail", "by": "wang"})
    assert entered(site, "confirmed") == [("wang", {"kind": "topic", "by": "wang"})]
    gone = Reply(contact="wang", way="mail", verb="take", incident=99, token="t3")
    assert await site.service.commands.reply(gone) == "over"
    await site.until(30)
    assert any(who == "wang" and "reply" in message.key for _, who, message in site.post.arrived), "and is told so"


async def test_a_contact_s_own_word_needs_no_name(site: Site) -> None:
    answer = await ask(site.service, "take", actor=contact("wang"), incident=1)
    assert answer.by == "Wang Qiang"
    refused = await ask(site.service, "take", actor=contact("wang"), by="chen", incident=1)
    assert refused.refused is not None and refused.refused.code == "not_for_others"


async def test_what_makes_no_sense_is_refused_before_anybody_is_asked_for(site: Site) -> None:
    codes = [
        (await ask(site.service, "fly", incident=1)).refused,
        (await ask(site.service, "take", by="wang")).refused,
        (await ask(site.service, "take", by="wang", incident=77)).refused,
        (await ask(site.service, "declare", by="wang", **{"class": "magic"})).refused,
    ]
    assert [one.code for one in codes if one] == [
        "no_such_command",
        "which_incident",
        "no_open_incident",
        "no_such_class",
    ]
    assert Actor(kind=ActorKind.LOGIN, name="root", groups=("root",)) == ROOT


async def test_a_wrong_number_is_answered_with_the_numbers_that_the_list_shows(site: Site) -> None:
    assert (await ask(site.service, "resolve", by="wang", incident=1, force=True)).refused is None
    listed = tuple(sorted(str(one["number"]) for one in site.service.status()["incidents"]))
    assert listed == ("2", "3")
    for verb, more in (("take", {"incident": 99}), ("spare_take", {"name": "cable", "incident": 99})):
        refused = (await ask(site.service, verb, by="wang", **more)).refused
        assert refused == because("no_open_incident", number=99, known=listed)


NAMES = ("to", "scopes", "text", "until", "severity", "fault_class", "class", "room", "name", "minutes", "day")
ODD = (7, True, 1e308, float("nan"), 2**70, {}, {"a": 1}, [[]], [None], "x" * 9000, "\ud800", "a\0b", "2026-13-45")


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_an_argument_of_a_foreign_kind_breaks_no_verb(odd: object, site: Site) -> None:
    for verb in sorted(site.service.commands._verbs()):
        for number in (1, None):
            given = dict.fromkeys(NAMES, odd)
            request = CommandRequest(verb=verb, actor=ROOT, in_name_of="wang", incident=number, arguments=given)
            assert (await site.service.commands.carry_out(request)).verb == verb
    await site.until(60)
    assert "opened" in site.verbs()
