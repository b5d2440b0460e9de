"""Who sees to an improvement that was proposed by rule, and until when: by the plan's roles. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

from alerting.papers.report.improvements import Improvement
from alerting.plan.model import Plan
from alerting.plan.wall_time import zone_of
from alerting.workflows.scheduled.improvement_actions import DUE_DAYS

TECHNICAL = "technical"
OFFICE = "office"
"""The group that the plan names as the report's owner."""

ROLES: Mapping[str, str] = {
    **dict.fromkeys(("place_spare", "stock_spare"), "logistics"),
    **dict.fromkeys(
        (
            "agree_remedy",
            "ask_participants",
            "ask_silent",
            "drill_backup",
            "fill_step",
            "hand_over",
            "name_helpers",
            "reach_anyone",
            "reach_leadership",
            "reach_people",
            "reach_step",
            "repeat_drill",
            "second_way",
            "sign_in_time",
            "teach_replies",
            "train_confirm",
            "train_done",
            "widen_chain",
        ),
        OFFICE,
    ),
}
"""Improvement → the group that can carry it out. What is not named is work on machines: the technical group's."""


def with_owners(proposed: Iterable[Improvement], plan: Plan, asked_at: float) -> tuple[Improvement, ...]:
    return tuple(with_owner(one, plan, asked_at) for one in proposed)


def with_owner(one: Improvement, plan: Plan, asked_at: float) -> Improvement:
    """With the head of its group who is still here, and a day as for actions that people enter. asked_at: when it was
    first asked for, in Unix seconds. What has an owner keeps it; a plan in which nobody is left names none."""
    if one.owner:
        return one
    role = ROLES.get(one.code, TECHNICAL)
    owner = _head(plan, plan.report.owner if role == OFFICE else role) or _head(plan, plan.report.owner)
    if not owner:
        return one
    day = dt.datetime.fromtimestamp(asked_at, zone_of(plan.timezone)).date() + dt.timedelta(days=DUE_DAYS)
    return replace(one, owner=owner, due=day.isoformat())


def _head(plan: Plan, group: str) -> str:
    """The id of a group's first member who has not left; "" for nobody."""
    members = plan.groups[group].members if group in plan.groups else ()
    return next((one for one in members if not plan.contacts[one].left), "")
