"""What a plan answers to the engine."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.configuration import Secret
from alerting.model.catalogue import KINDS
from alerting.model.fault import FaultClass, Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.chain_format import Chain, ChainStep, PeakHours
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact, Group, PathLimit, Roster
from alerting.plan.quiet_hours import QuietHours
from alerting.plan.running_plan import RunningPlan
from alerting.plan.severity import FaultRule, SeverityRules

ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY_TEN = dt.datetime(2026, 1, 9, 10, tzinfo=ZONE)
SATURDAY_TEN = dt.datetime(2026, 1, 10, 10, tzinfo=ZONE)


@pytest.fixture
def plan() -> RunningPlan:
    return RunningPlan(
        Plan(
            timezone="Asia/Shanghai",
            contacts={
                "wang": Contact(name="王工", channels=(Secret("literal", "wecombot://key"),), deputy="li"),
                "li": Contact(name="李工", language="en", deputy="wang"),
                "gone": Contact(name="赵工", left=True, deputy="li"),
            },
            groups={
                "technical": Group(name="技术支持组", members=("wang", "gone"), roster="week"),
                "leadership": Group(name="领导小组", members=("gone",)),
            },
            rosters={"week": Roster(start=dt.date(2026, 1, 5), rotation=("wang", "gone"))},
            chains={
                "default": Chain(steps=(ChainStep(after=0, tell=("technical",)),)),
                "device.critical": Chain(
                    steps=(ChainStep(after=0, tell=("technical",)), ChainStep(after=600, tell=("leadership",))),
                ),
            },
            peak=(PeakHours(start="09:00", end="11:30"),),
            quiet=(QuietHours(), QuietHours(start="07:00", end="08:00")),
            paths={"wecom": PathLimit(schemes=("wecombot",), per_minute=20)},
            severity=SeverityRules(faults={"camera_missing": FaultRule(no_meeting="critical")}),
        )
    )


def test_the_most_exact_chain_wins_and_peak_hours_halve_its_times(plan: RunningPlan) -> None:
    assert [s.after for s in plan.chain(FaultClass.DEVICE, Severity.CRITICAL, FRIDAY_TEN)] == [0, 300]
    assert [s.after for s in plan.chain(FaultClass.DEVICE, Severity.CRITICAL, SATURDAY_TEN)] == [0, 600]
    assert [s.audience for s in plan.chain(FaultClass.NETWORK, Severity.NOTICE, FRIDAY_TEN)] == [("technical",)]


def test_only_the_last_step_repeats(plan: RunningPlan) -> None:
    steps = plan.chain(FaultClass.DEVICE, Severity.CRITICAL, FRIDAY_TEN)
    assert [(s.repeat_every, s.repeat_times) for s in steps] == [(0, 0), (900, 12)]


def test_the_group_s_person_on_duty_is_told_and_who_left_is_replaced_by_the_deputy(plan: RunningPlan) -> None:
    assert plan.on_duty("technical", FRIDAY_TEN) == ("wang",)
    assert plan.on_duty("technical", FRIDAY_TEN + dt.timedelta(days=7)) == ("li",)
    assert plan.people("leadership", FRIDAY_TEN) == ("li",)


def test_before_the_roster_begins_every_member_is_told_rather_than_nobody(plan: RunningPlan) -> None:
    early = dt.datetime(2026, 1, 1, tzinfo=ZONE)
    assert plan.on_duty("technical", early) == ()
    assert plan.people("technical", early) == ("wang", "li")
    assert plan.people("nobody", early) == ()


def test_a_notice_waits_through_windows_that_touch_and_a_warning_never_waits(plan: RunningPlan) -> None:
    night = dt.datetime(2026, 1, 9, 23, tzinfo=ZONE)
    end = dt.datetime(2026, 1, 10, 8, tzinfo=ZONE)
    assert plan.quiet_until("wang", Severity.NOTICE, night.timestamp()) == end.timestamp()
    assert not plan.quiet(Severity.WARNING, night)
    assert plan.quiet_until("wang", Severity.NOTICE, FRIDAY_TEN.timestamp()) is None


def test_severity_is_fault_times_meeting_and_an_important_one_raises_it(plan: RunningPlan) -> None:
    kind = KINDS["microphone_dead"]
    assert plan.severity(kind, MeetingState(running=False)) is Severity.NOTICE
    assert plan.severity(kind, MeetingState(running=False, starts_in=1700)) is Severity.WARNING
    assert plan.severity(kind, MeetingState(running=False, starts_in=1700, important=True)) is Severity.CRITICAL
    assert plan.severity(kind, MeetingState(running=True)) is Severity.CRITICAL
    assert plan.severity(kind, MeetingState()) is Severity.WARNING
    assert plan.severity(KINDS["camera_missing"], MeetingState(running=False)) is Severity.CRITICAL


def test_an_address_carries_its_path_and_limit(plan: RunningPlan) -> None:
    (address,) = plan.addresses("wang")
    assert (address.channel, address.path, address.per_minute) == ("1", "wecom", 20)
    assert plan.addresses("gone") == ()


def test_deputies_in_a_circle_end(plan: RunningPlan) -> None:
    assert plan.deputies("wang", 0) == ("li",)
    assert RunningPlan(Plan(contacts={"a": Contact(name="a", left=True, deputy="a")})).deputies("a", 0) == ()


def test_the_shipped_plan_loads_and_has_every_group_of_the_document() -> None:
    shipped = load_plan(Path(__file__).parents[2] / "config" / "plan.toml")
    assert set(shipped.groups) == {"leadership", "office", "technical", "logistics", "participants", "management"}
    assert not shipped.contacts


def test_an_override_file_of_working_days_is_read_beside_the_plan(tmp_path: Path) -> None:
    (tmp_path / "days.toml").write_text("days_off = [2026-12-31]\n")
    (tmp_path / "plan.toml").write_text('[working_days]\noverride_file = "days.toml"\n')
    assert load_plan(tmp_path / "plan.toml").working_days.days_off == (dt.date(2026, 12, 31),)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_contact_without_a_language_is_told_in_the_plans(language: str) -> None:
    other = "en" if language == "zh-CN" else "zh-CN"
    contacts = {"wang": Contact(name="Wang"), "li": Contact(name="Li", language=other)}
    plan = RunningPlan(Plan(language=language, contacts=contacts))
    assert [plan.language(one) for one in ("wang", "li", "somebody else")] == [language, other, language]
