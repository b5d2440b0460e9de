"""Words of one notification for one person: room and fault first, then what to do and how to take it. Pure.

It has no words of its own: every text comes from the catalogues.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from alerting.messages.facts import HowToTake, MeasureWords, MessageLine, Notice, Rendered
from alerting.messages.kinds import MESSAGE_KINDS
from alerting.messages.reasons import say_fault
from alerting.messages.text_cutting import SMS_LENGTH, cut_sms
from alerting.words import Words, load_words

DIGEST, TEST = MESSAGE_KINDS["digest"], MESSAGE_KINDS["test"]
SEVERITIES = ("critical", "warning", "notice")
DIGEST_NAMES = 3
"""Faults of one incident that a digest names beside the first; the rest it counts."""


def render(notice: Notice, *, language: str, key: str, take: HowToTake | None = None, timezone: str = "") -> Rendered:
    """The notice in a language. key: idempotency key, printed last. timezone: IANA name, "" for this machine's.

    Raises LookupError for an unknown language; a fault code without words is shown by its code.
    """
    words = load_words(language)
    clock = _Clock(words, timezone)
    ways = take or HowToTake()
    plain = title = _title(notice, words)
    if ways.reply and notice.number:
        title += f" [{ways.code}]"  # a reply keeps its subject: this is how it names the incident and proves its writer
    body = [line for line in _body(notice, words, clock, _take(notice, words, ways)) if line]
    if not notice.journal_written:
        body.append(words.text("message.journal_not_written"))
    body.append(_footer(notice, words, key))
    return Rendered(title=title, body="\n".join(body), short=_short(notice, words, plain, ways))


class _Clock:
    """Wall time as people of the room read it."""

    def __init__(self, words: Words, timezone: str) -> None:
        self._words = words
        self._zone = ZoneInfo(timezone) if timezone else None

    def at(self, moment: float) -> str:
        """Month, day and minute: a responder asks "today?" first."""
        return datetime.datetime.fromtimestamp(moment, self._zone).strftime("%m-%d %H:%M")

    def span(self, seconds: float) -> str:
        """ "3 min", "2 h 5 min"."""
        minutes = max(0, round(seconds / 60))
        if minutes < 1:
            return self._words.text("message.under_a_minute")
        if minutes < 60:
            return self._words.text("message.minutes", minutes=minutes)
        return self._words.text("message.hours", hours=minutes // 60, minutes=minutes % 60)


def _fault(words: Words, code: str, part: str, target: str, room: str) -> str:
    key = f"fault.{code}.{part}"
    if not words.has(key):
        return code if part == "title" else ""
    return words.text(key, target=target, room=room)


def _with_others(words: Words, fault: str, others: Sequence[str]) -> str:
    """A title of all that is broken: the second by its name, more as a count."""
    if not others:
        return fault
    if len(others) == 1:
        return words.text("message.two_faults", one=fault, two=say_fault(others[0], words))
    return words.text("message.more_faults", one=fault, count=len(others))


def _faults(words: Words, names: Sequence[str]) -> str:
    return words.text("message.enumeration").join(say_fault(one, words) for one in names)


def fault_title(words: Words, code: str, target: str, room: str) -> str:
    """The fault as its title names it; its code where nobody wrote words."""
    return _fault(words, code, "title", target, room)


def _title(notice: Notice, words: Words) -> str:
    """Severity, place, what is broken: a lock screen shows no more."""
    kind, place = notice.kind, notice.place or notice.room
    severity = words.text(f"severity.{notice.severity}")
    state = words.text(f"message.kind.{kind.words}", who=notice.who, severity=severity)
    mark = words.text(f"message.mark.{_mark(notice)}")
    if kind is DIGEST:
        head = mark + _digest_title(notice, words)
    elif kind is TEST:
        head = mark + words.text("message.title", room=place, fault=state)
    else:
        fault = _with_others(words, fault_title(words, notice.code, notice.target, notice.room), notice.others)
        measure = notice.measure or MeasureWords()
        state = measure.state or state
        if measure.head:
            head = words.text("message.title", room=place, fault=measure.head)
        elif state:
            head = mark + words.text("message.title_state", room=place, fault=fault, state=state)
        else:
            head = mark + words.text("message.title", room=place, fault=fault)
        if kind.takes and notice.meeting and not measure.plain:
            head += words.text("message.during_meeting")
    return (words.text("message.drill") + head) if notice.drill else head


def _mark(notice: Notice) -> str:
    kind = notice.kind
    if kind is TEST:
        return "test"
    if kind.ends:
        return "over"
    if kind.paper:
        return "paper"
    if kind is DIGEST:
        still = [SEVERITIES.index(line.severity) for line in notice.lines if not line.over]
        return SEVERITIES[min(still)] if still else "over"
    return notice.severity


def _digest_title(notice: Notice, words: Words) -> str:
    open_lines = sum(not line.over for line in notice.lines)
    rooms = tuple(dict.fromkeys(line.room for line in notice.lines))
    over = len(notice.lines) - open_lines
    named = words.text("message.enumeration").join(rooms[:2])
    key = "message.digest_title" if len(rooms) <= 2 else "message.digest_title_many"
    counted = "_one" if open_lines == 1 else ""
    return words.text(f"{key}{counted}", rooms=named, count=len(rooms), open=open_lines, over=over)


def _body(notice: Notice, words: Words, clock: _Clock, take: list[str]) -> list[str]:
    """What to do first, then how to take it, then what is known: a lock screen shows the first lines."""
    kind = notice.kind
    drill = [words.text("message.drill_line")] if notice.drill else []
    if kind is TEST:
        return [*drill, words.text("message.test"), notice.text]
    if kind is DIGEST:
        return [*drill, words.text("message.digest"), *_digest_lines(notice, words)]
    if kind.ends:
        return [*drill, *_ending(notice, words, clock)]
    if kind.paper:
        return [*drill, *_report(notice, words, clock)]
    measure = notice.measure or MeasureWords()
    said = _said(notice, words)
    if measure.plain:
        return [*measure.first, *drill, *said]
    lines = [*measure.first, *drill]
    if kind.explained and not measure.state:
        lines.append(words.text(f"message.{kind.words}", who=notice.who, room=notice.room))
    return [*lines, *said, *_first(notice, words), *take, *_known(notice, words, clock)]


def _said(notice: Notice, words: Words) -> list[str]:
    """A person's words, or why a person's answer was not carried out."""
    kind = notice.kind
    if kind.name == "reply_help":
        key = f"message.reply.{notice.text}"
        return [words.text(key if words.has(key) else "message.reply.unclear")]
    if not notice.text:
        return []
    label = {"order": "message.order_text", "done": "message.done"}.get(kind.name, "message.note")
    return [words.text(label, text=notice.text, who=notice.who)]


def _first(notice: Notice, words: Words) -> list[str]:
    """What this reader does first, or is to decide by."""
    what = _fault(words, notice.code, "what", notice.target, notice.room)
    if notice.role == "participants":
        return [words.text("message.stay")]
    if notice.role == "logistics":
        return [notice.bring or words.text("message.nothing_to_bring")]
    if notice.role == "leadership":
        key = "message.impact_meeting" if notice.meeting else "message.impact"
        return [words.text(key, what=what) if what else "", words.text("message.decided", what=_decided(notice, words))]
    act = _fault(words, notice.code, "act", notice.target, notice.room) if notice.kind.takes else ""
    return [words.text("message.act", act=act) if act else ""]


def _decided(notice: Notice, words: Words) -> str:
    parts = [words.text("message.state_taken", name=notice.taken_by)] if notice.taken_by else []
    if notice.mitigated_at is not None:
        parts.append(words.text("message.state_mitigated"))
    if notice.standing:
        parts.append(notice.standing)
    return words.text("message.comma").join(parts) or words.text("message.nothing_decided")


def _known(notice: Notice, words: Words, clock: _Clock) -> list[str]:
    """What is known of the fault, and how things stand."""
    lines = []
    for key, changed in (("message.new", notice.new), ("message.mended", notice.mended)):
        lines.append(words.text(key, faults=_faults(words, changed)) if changed else "")
    what = _fault(words, notice.code, "what", notice.target, notice.room)
    if notice.role != "leadership":
        lines.append(what)
    for who, said in notice.reported:
        key = "message.reported" if said else "message.reported_silently"
        lines.append(words.text(key, who=who, text=said))
    detail = words.detail(notice.code, notice.evidence)
    lines += [detail, _state(notice, words, clock)]
    title = fault_title(words, notice.code, notice.target, notice.room)
    if notice.target and notice.target not in f"{title}\n{detail}":
        lines.append(words.text("message.where", target=notice.target))
    if notice.others:
        lines.append(words.text("message.others", faults=_faults(words, notice.others)))
    if notice.symptoms:
        names = [_fault(words, code, "title", "", notice.room) for code in notice.symptoms]
        lines.append(words.text("message.symptoms", symptoms=words.text("message.enumeration").join(names)))
    return lines


def _report(notice: Notice, words: Words, clock: _Clock) -> list[str]:
    """What is wanted of the reader, until when, and the incident in short, for those whose channel carries no file."""
    lines = [words.text(f"message.{notice.kind.words}", who=notice.who, number=notice.number)]
    if notice.due is not None and notice.kind.name != "report_sent":
        lines.append(words.text("message.report_due", time=clock.at(notice.due)))
    end = notice.now if notice.resolved_at is None else notice.resolved_at
    span = clock.span(end - notice.since)
    lines.append(words.text("message.report_lasted", start=clock.at(notice.since), end=clock.at(end), span=span))
    if notice.taken_by:
        lines.append(words.text("message.handled_by", name=notice.taken_by))
    if notice.text:
        label = "message.report_why" if notice.kind.name == "report_returned" else "message.done"
        lines.append(words.text(label, text=notice.text))
    return lines


def _end_of_drill(notice: Notice) -> str:
    return "message.drill_aborted" if notice.aborted else "message.drill_over"


def _over(notice: Notice, words: Words) -> str:
    """Only what the probes saw is verified; a person's word is told as theirs."""
    if notice.drill:
        return words.text(_end_of_drill(notice))
    if notice.kind.name == "recovered" and notice.resolved_by:
        return words.text("message.declared_over", who=notice.resolved_by)
    if notice.kind.name == "recovered" and notice.unwatched:
        return words.text("message.unwatched")
    return words.text(f"message.{notice.kind.words}")


def _ending(notice: Notice, words: Words, clock: _Clock) -> list[str]:
    end = notice.now if notice.resolved_at is None else notice.resolved_at
    lines = [
        _over(notice, words),
        words.text(
            "message.lasted", start=clock.at(notice.since), end=clock.at(end), span=clock.span(end - notice.since)
        ),
    ]
    if notice.taken_by:
        lines.append(words.text("message.handled_by", name=notice.taken_by))
    done = notice.text or notice.by_machine
    if done:
        lines.append(words.text("message.done", text=done))
    return lines


def _state(notice: Notice, words: Words, clock: _Clock) -> str:
    """How things stand when this is written: whoever reads it late must not be misled."""
    parts = []
    if notice.meeting is not None:
        parts.append(words.text("message.meeting_running" if notice.meeting else "message.no_meeting"))
    parts.append(
        words.text("message.state_taken", name=notice.taken_by)
        if notice.taken_by
        else words.text("message.state_not_taken")
    )
    if notice.confirmed_by and notice.kind.name != "confirmed":
        parts.append(words.text("message.state_confirmed", name=notice.confirmed_by))
    if notice.mitigated_at is not None:
        parts.append(words.text("message.state_mitigated"))
    if notice.standing and notice.measure is None:
        parts.append(notice.standing)
    return words.text(
        "message.state",
        severity=words.text(f"severity.{notice.severity}"),
        since=words.text("message.since", time=clock.at(notice.since)),
        rest=words.text("message.comma").join(parts),
    )


def _digest_lines(notice: Notice, words: Words) -> list[str]:
    lines = [_digest_line(line, words) for line in notice.lines]
    return [*lines, words.text("message.digest_more", count=notice.more)] if notice.more else lines


def _digest_line(line: MessageLine, words: Words) -> str:
    fault = _fault(words, line.code, "title", line.target, line.room)
    others = [say_fault(one, words) for one in line.others]
    fault = words.text("message.enumeration").join([fault, *others[:DIGEST_NAMES]])
    fault += words.text("message.and_more", count=len(others) - DIGEST_NAMES) if len(others) > DIGEST_NAMES else ""
    key = "message.digest_over" if line.over else "message.digest_open"
    severity = words.text(f"severity.{line.severity}")
    return words.text(key, room=line.room, fault=fault, severity=severity, number=line.number)


def _take(notice: Notice, words: Words, ways: HowToTake) -> list[str]:
    plain = notice.measure is not None and notice.measure.plain
    taken = bool(notice.taken_by) and notice.kind.name != "reply_help"
    over = not notice.kind.takes or notice.resolved_at is not None
    if plain or over or taken or not notice.number or notice.role == "participants":
        return []
    found = []
    if ways.link:
        found.append(words.text("message.take_link", link=ways.link))
    if ways.reply:
        found.append(words.text("message.take_reply"))
    if ways.topic:
        found.append(words.text("message.take_topic", topic=ways.topic, code=ways.code))
    return found or [_command(notice, words, ways)]


def _command(notice: Notice, words: Words, ways: HowToTake) -> str:
    return words.text("message.take_command", number=notice.number, run=ways.run, by=ways.in_whose_name)


def _footer(notice: Notice, words: Words, key: str) -> str:
    number = words.text("message.number", number=notice.number) + " · " if notice.number else ""
    return f"{number}{key}"


def _short(notice: Notice, words: Words, title: str, ways: HowToTake) -> str:
    """Title, then the shortest way to take it; the link is kept whole or left out."""
    tail = ""
    if notice.kind.name in ("order", "assigned", "note") or (
        notice.text and notice.kind.name in ("backup", "mitigated")
    ):
        tail = notice.text
    elif notice.measure is not None and notice.measure.first:
        tail = notice.measure.first[0]
    elif _take(notice, words, ways):
        tail = ways.link or _command(notice, words, ways)
    number = f" #{notice.number}" if notice.number else ""
    end = f"{number} {tail}".rstrip()
    if len(end) > SMS_LENGTH // 2:
        end = cut_sms(end, SMS_LENGTH // 2) if not ways.link else number
    return cut_sms(title, SMS_LENGTH - len(end)) + end
