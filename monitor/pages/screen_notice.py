"""What the room's own screen has to say in place of its verdict: something restarts, the meeting goes on elsewhere, or
how the last one was. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Any

from alerting.model.measures import BackupState, RemedyState
from alerting.words import Words

MOVED_SECONDS = 900.0
"""How long the screen says where a meeting went: who comes late still reads it, and the next meeting is not told of
another's."""
ASKED_SECONDS = 900.0
"""How long people are asked how the meeting was: who has left the building does not answer any more."""


class NoticeKind(StrEnum):
    """The values are those of the plan's ``screen_shows``."""

    RESTART = "restart"
    MOVE = "move"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenNotice:
    """RESTART: remedy is its kind, ``what`` its target, due_in are seconds, 0 while it runs. MOVE: ``what`` is the
    backup's name, room where it is one. lasts: seconds after which it is over by itself, None where only news ends
    it."""

    kind: NoticeKind
    what: str = ""
    room: str = ""
    remedy: str = ""
    due_in: float = 0.0
    lasts: float | None = None

    @property
    def changes_in(self) -> float | None:
        """Seconds until it reads otherwise though nothing happens; None for never."""
        return self.due_in - 60.0 * (ceil(self.due_in / 60) - 1) if self.due_in > 0 else self.lasts


def screen_notice(status: Mapping[str, Any]) -> ScreenNotice | None:
    """The one that concerns the people in the room most. status: the room's status document. A drill moves nobody and
    restarts nothing."""
    real = [one for one in status["incidents"] if not one["drill"] and not one["elsewhere"]]
    found = [*_restarts(real, status["now"]), *_moves(real, status["now"])]
    if not found and (left := asks_for_feedback(status)):
        found = [ScreenNotice(kind=NoticeKind.FEEDBACK, lasts=left)]
    return found[0] if found else None


def asks_for_feedback(status: Mapping[str, Any]) -> float:
    """Seconds for which people are still asked how the last meeting was; 0 where they are not."""
    ended_at = status["meeting"].get("ended_at")
    if ended_at is None or not status.get("feedback_after_meetings"):
        return 0.0
    return max(0.0, float(ended_at) + ASKED_SECONDS - float(status["now"]))


def _restarts(incidents: Iterable[Mapping[str, Any]], now: float) -> list[ScreenNotice]:
    found = []
    for one in (remedy for incident in incidents for remedy in incident.get("remedies", ())):
        if one["kind"] == "start_backup" or one["state"] not in (RemedyState.ANNOUNCED, RemedyState.RUNNING):
            continue
        waits = one["state"] == RemedyState.ANNOUNCED and one["due_at"] is not None
        due_in = max(0.0, one["due_at"] - now) if waits else 0.0
        found.append(ScreenNotice(kind=NoticeKind.RESTART, what=one["target"], remedy=one["kind"], due_in=due_in))
    return sorted(found, key=lambda one: one.due_in)


def _moves(incidents: Iterable[Mapping[str, Any]], now: float) -> list[ScreenNotice]:
    ways = [incident["backup"] for incident in incidents if incident.get("backup")]
    told = [one for one in ways if one["state"] in (BackupState.STARTED, BackupState.IN_USE) and one["started_at"]]
    found = [
        ScreenNotice(
            kind=NoticeKind.MOVE,
            what=one["title"],
            room=one["room"],
            lasts=one["started_at"] + MOVED_SECONDS - now,
        )
        for one in sorted(told, key=lambda one: -one["started_at"])
    ]
    return [one for one in found if one.lasts is not None and one.lasts > 0]


def notice_lines(notice: ScreenNotice, words: Words) -> tuple[str, str]:
    """(headline, sentence) in one language."""
    if notice.kind is NoticeKind.FEEDBACK:
        return words.text("pages.feedback.ask_meeting"), _text(words, "answer")
    if notice.kind is NoticeKind.MOVE:
        sentence = "go" if notice.room else "join"
        return _text(words, "move", place=notice.room or notice.what), _text(words, sentence)
    what, minutes = _text(words, f"thing.{notice.remedy}", target=notice.what), ceil(notice.due_in / 60)
    key = "restart_now" if minutes == 0 else "restart_soon" if minutes == 1 else "restart_in"
    return _text(words, key, what=what, minutes=minutes), _text(words, "wait")


def _text(words: Words, key: str, **values: object) -> str:
    return words.text(f"pages.screen.{key}", **values)
