"""What people say of a meeting after it, where the plan asks for it: no name, and no incident."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.workflows.feedback_answer import read_answer

MEETING_FEEDBACK = "meeting_feedback"
"""The event's verb."""


class MeetingFeedback:
    name = "meeting_feedback"

    def __init__(self) -> None:
        self.commands: Mapping[str, TaskCommand] = {MEETING_FEEDBACK: _take}

    def perform(self, transaction: Transaction) -> float:
        return math.inf


def _take(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    if not transaction.plan.data.feedback_after_meetings:
        raise Refused("feedback_not_wanted")
    score, words = read_answer(arguments)
    room = str(arguments.get("room") or transaction.shared.room)
    transaction.event(MEETING_FEEDBACK, by="", why=words, data={"room": room, "score": score})
    return {}
