"""Improvements that are proposed by rule have an owner of the plan and a day."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from alerting.papers.report.improvements import PROPOSED, Improvement
from alerting.papers.report.owners import ROLES, with_owner
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan

CONFIG = Path(__file__).resolve().parents[2] / "config"
ASKED = 1_795_500_000.0  # 2026-11-24 in Shanghai


@pytest.fixture
def plan() -> Plan:
    return load_plan(CONFIG / "examples" / "plan.acme.toml")


def leaving(plan: Plan, *ids: str) -> Plan:
    people = {key: msgspec.structs.replace(one, left=key in ids) for key, one in plan.contacts.items()}
    return msgspec.structs.replace(plan, contacts=people)


def test_every_role_is_of_an_improvement_that_is_proposed() -> None:
    assert set(ROLES) <= set(PROPOSED.values())


@pytest.mark.parametrize(
    ("code", "owner"), [("mend_remedy", "wang"), ("sign_in_time", "sun"), ("stock_spare", "he"), ("mend_way", "wang")]
)
def test_the_head_of_the_group_that_can_do_it_owns_it(code: str, owner: str, plan: Plan) -> None:
    given = with_owner(Improvement(key=code, code=code), plan, ASKED)
    assert (given.owner, given.due) == (owner, "2026-12-24")


def test_who_has_left_owns_nothing(plan: Plan) -> None:
    technical = plan.groups["technical"].members
    assert with_owner(Improvement(key="k", code="mend_remedy"), leaving(plan, technical[0]), 0.0).owner == technical[1]
    nobody = leaving(plan, *technical)
    assert with_owner(Improvement(key="k", code="mend_remedy"), nobody, 0.0).owner == "sun", "the office takes over"


def test_a_plan_without_people_names_none_and_a_person_s_own_is_let_be(plan: Plan) -> None:
    assert with_owner(Improvement(key="k", code="mend_remedy"), Plan(), ASKED).owner == ""
    own = Improvement(key="own:1", text="new cable", owner="zhao", due="2026-12-01")
    assert with_owner(own, plan, ASKED) == own
