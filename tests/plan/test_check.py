"""`roomwatch plan check` finds what would fail on the day."""

import datetime as dt
import json
import re
import socket
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from click.testing import CliRunner

from alerting.configuration import Secret
from alerting.plan.chain_format import Chain, ChainStep, PeakHours
from alerting.plan.check import RecordedState, check_plan, roster_gaps
from alerting.plan.far_end_check import check_reach, far_end
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact, Group, Roster, Shift
from alerting.plan.quiet_hours import QuietHours
from alerting.plan.remedy_format import PlannedRemedy
from alerting.plan.resources import Backup
from alerting.words import LANGUAGES, load_words
from monitor.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "examples" / "plan.acme.toml"
NOW = dt.datetime(2026, 1, 9, 10, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()


def codes(plan: Plan, now: float = NOW) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in check_plan(plan, now):
        found.setdefault(one.code, []).append(one.where)
    return found


@pytest.fixture
def example() -> Plan:
    return load_plan(EXAMPLE)


def changed(plan: Plan, **fields: Any) -> Plan:
    return msgspec.structs.replace(plan, **fields)


def with_contact(plan: Plan, name: str, **fields: Any) -> Plan:
    contact = msgspec.structs.replace(plan.contacts[name], **fields)
    return changed(plan, contacts={**plan.contacts, name: contact})


def test_the_example_has_no_error(example: Plan) -> None:
    assert [one for one in check_plan(example, NOW) if one.error] == []


def test_the_shipped_plan_says_that_it_reaches_nobody() -> None:
    found = codes(load_plan(ROOT / "config" / "plan.toml"))
    assert "no_contacts" in found
    assert "chains.critical" in found["step_reaches_nobody"]


def test_a_group_without_members_makes_its_step_reach_nobody(example: Plan) -> None:
    groups = {**example.groups, "technical": Group(name="技术支持组")}
    found = codes(changed(example, groups=groups))
    assert found["group_empty"] == ["groups.technical"]
    assert "chains.default" in found["step_reaches_nobody"]


def test_who_left_is_flagged_in_group_and_roster(example: Plan) -> None:
    found = codes(with_contact(example, "wang", left=True))
    assert found["left_replaced"] == ["groups.technical"]
    assert found["roster_left"] == ["rosters.technical"]
    assert codes(with_contact(example, "he", left=True))["left"] == ["groups.logistics"]


def test_deputies_in_a_circle_are_named_once(example: Plan) -> None:
    assert codes(with_contact(example, "zhao", deputy="wang"))["deputy_cycle"] == ["contacts.li"]


def test_an_unreadable_secret_is_an_error_that_names_no_value(example: Plan) -> None:
    plan = with_contact(example, "he", channels=(Secret("file", "/nowhere/secret"),))
    (found,) = [one for one in check_plan(plan, NOW) if one.code == "secret"]
    assert "/nowhere/secret" in str(found.values["detail"])


def test_a_gap_in_the_roster_is_found_to_the_minute() -> None:
    shift = Shift(start=dt.datetime(2026, 1, 9, 12, 30), end=dt.datetime(2026, 1, 10, 8), people=("wang",))
    roster = Roster(overrides=(shift,))
    plan = Plan(contacts={"wang": Contact(name="王工")})
    gaps = roster_gaps(plan, roster, dt.datetime(2026, 1, 9, 10), 1)
    assert gaps == [
        (dt.datetime(2026, 1, 9, 10), dt.datetime(2026, 1, 9, 12, 30)),
        (dt.datetime(2026, 1, 10, 8), dt.datetime(2026, 1, 10, 10)),
    ]


def test_a_roster_for_peak_hours_has_no_gap_on_a_festival_but_on_the_make_up_saturday() -> None:
    plan = Plan(peak=(PeakHours(start="09:00", end="11:30"),))
    roster = Roster(covers="peak")
    gaps = roster_gaps(plan, roster, dt.datetime(2026, 2, 14), 8)
    assert gaps == [(dt.datetime(2026, 2, 14, 9), dt.datetime(2026, 2, 14, 11, 30))]


def test_an_unconfirmed_roster_and_a_year_without_holidays_are_warnings(example: Plan) -> None:
    found = codes(example, NOW + 60 * 86400)
    assert found["roster_unconfirmed"] == ["rosters.technical"]
    assert codes(example, dt.datetime(2039, 6, 1, tzinfo=dt.UTC).timestamp())["year_not_covered"]


def test_a_report_that_nobody_could_sign_and_an_evaluation_for_nobody_are_warnings(example: Plan) -> None:
    empty = {**example.groups, "leadership": Group(name="应急响应领导小组")}
    rules = msgspec.structs.replace(example.evaluation, to=("leadership",))
    found = codes(changed(example, groups=empty, evaluation=rules))
    assert {"report.signers", "evaluation.to"} <= set(found["audience_unreachable"])
    assert "audience_unreachable" not in codes(example)


def test_times_that_can_never_be_met_are_errors(example: Plan) -> None:
    steps = (ChainStep(after=400, tell=("technical",)), ChainStep(after=1300, tell=("technical",), action="backup"))
    plan = changed(example, chains={"default": Chain(steps=steps)}, quiet=(QuietHours(severity="critical"),))
    found = codes(plan)
    assert {"first_step_late", "backup_late", "quiet_critical"} <= set(found)


def test_a_missing_chain_is_an_error(example: Plan) -> None:
    chains = {"critical": example.chains["critical"]}
    assert len(codes(changed(example, chains=chains))["no_chain"]) == 2


def test_a_step_that_only_tells_deputies_reaches_them(example: Plan) -> None:
    steps = (ChainStep(after=0, tell=("wang",)), ChainStep(after=300, deputies=True))
    plan = changed(example, chains={"default": Chain(steps=steps)})
    assert "step_reaches_nobody" not in codes(plan)
    alone = with_contact(plan, "wang", deputy="")
    assert codes(alone)["step_reaches_nobody"] == ["chains.default"]


def test_who_is_named_outside_the_chains_and_cannot_be_told_is_a_warning(example: Plan) -> None:
    plan = with_contact(example, "lin", left=True)
    assert codes(plan)["audience_unreachable"] == ["report.send_to"]
    rules = msgspec.structs.replace(example.report, send_to=("lin",))
    assert codes(with_contact(changed(example, report=rules), "lin", left=True))["named_left"] == ["report.send_to"]


def test_remedies_and_backups_that_would_fail_on_the_day(example: Plan) -> None:
    plan = changed(
        example,
        remedies={"unit": PlannedRemedy(kind="restart_unit", faults=("camera_missing",), notice=0)},
        backups={"meet": Backup(name="Meet", join="meeting 123")},
        organiser_channel=Secret("literal", "mailto://example.com"),
    )
    found = codes(plan)
    assert found["remedy_without_target"] == found["remedy_without_notice"] == ["remedies.unit"]
    assert found["join_is_no_link"] == ["backups.meet"]
    assert found["organiser_template"] == ["organiser_channel"]
    groups = {**example.groups, "participants": Group(name="参会人员"), "logistics": Group(name="后勤保障组")}
    assert {"nobody_to_move", "nobody_brings"} <= set(codes(changed(example, groups=groups)))


def test_a_late_step_and_a_check_at_night_are_warnings(example: Plan) -> None:
    steps = (ChainStep(after=0, tell=("technical",)), ChainStep(after=7200, tell=("leadership",)))
    night = {"devices": msgspec.structs.replace(example.inspections["devices"], at="22:00")}
    found = codes(changed(example, chains={"default": Chain(steps=steps)}, inspections=night))
    assert found["step_after_restore"] == ["chains.default"]
    assert found["inspection_at_night"] == ["inspections.devices"]


def test_what_was_recorded_by_command_counts(example: Plan) -> None:
    later = NOW + 200 * 86400
    day = dt.datetime.fromtimestamp(later, dt.UTC).date().isoformat()
    stock = f'{{"declared": 2, "here": 0, "checked": "{day}"}}'
    memory = {"roster.technical.confirmed": day, "stock.camera": stock, "backup_failed.tencent": "HTTP 404"}
    before, after = codes(example, later), {}
    for one in check_plan(example, later, RecordedState(memory=memory, signed=True)):
        after.setdefault(one.code, []).append(one.where)
    assert before["roster_unconfirmed"] == ["rosters.technical"]
    assert "roster_unconfirmed" not in after
    assert "materials.camera" in before["material_overdue"]
    assert "materials.camera" not in after["material_overdue"]
    assert after["material_short"] == ["materials.camera"]
    assert after["backup_failed_test"] == ["backups.tencent"]
    assert "not_signed" in before
    assert "not_signed" not in after


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_words(language: str) -> None:
    folder = ROOT / "alerting" / "plan"
    names = ("../sending/addresses.py", "check.py", "far_end_check.py")
    source = "".join((folder / name).read_text() for name in names)
    source += (ROOT / "monitor" / "commands" / "plan.py").read_text()
    words = load_words(language).under("plan.check")
    missing = [code for code in words if f'"{code}"' not in source]
    assert missing == []
    assert set(words) == set(load_words("en").under("plan.check"))


def test_an_address_that_accepts_no_connection_is_found_on_request() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        plan = Plan(
            contacts={"wang": Contact(name="王工", channels=(Secret("literal", f"json://127.0.0.1:{port}/x"),))}
        )
        assert check_reach(plan) == ()
    (found,) = check_reach(plan)
    assert (found.code, found.values["port"]) == ("unreachable", port)


def test_the_far_end_of_an_address_is_known_without_sending() -> None:
    assert far_end("wecombot://key") == ("qyapi.weixin.qq.com", 443)
    assert far_end("mailtos://u:p@example.com?smtp=smtp.example.com") == ("smtp.example.com", 587)
    assert far_end("tgram://token/chat") is None


def test_the_command_prints_findings_as_json_and_fails_on_errors(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("")
    result = CliRunner().invoke(
        main, ["plan", "check", "--plan", str(tmp_path / "plan.toml"), "--json", "--language", "en"]
    )
    assert result.exit_code == 1
    assert json.loads(result.output)[0]["code"] == "no_contacts"
    assert CliRunner().invoke(main, ["plan", "check", "--plan", str(EXAMPLE)]).exit_code == 0


def test_show_prints_who_is_told_when_and_no_address() -> None:
    command = ["plan", "show", "--plan", str(EXAMPLE), "--at", "2026-01-09 10:00", "--fault", "camera_missing"]
    result = CliRunner().invoke(main, [*command, "--language", "en"])
    assert "01-09 10:02:30  代理人: 李娜 by mail" in result.output
    assert "00000000" not in result.output
    assert CliRunner().invoke(main, [*command[:-1], "camera_mising"]).exit_code == 1


def test_show_prints_what_happens_beside_the_chain_in_both_languages() -> None:
    command = ["plan", "show", "--plan", str(EXAMPLE), "--at", "2026-01-09 10:00", "--fault", "camera_missing"]
    shown = CliRunner().invoke(main, [*command, "--language", "en"]).output
    assert "when confirmed  at once: 陈立 by mail, 周敏 by mail" in shown
    assert "01-09 10:01:00  spare 备用摄像头 from 3 层库房 A 柜: 何平 by mail" in shown
    assert "01-09 10:10:00  backup 腾讯会议" in shown
    chinese = CliRunner().invoke(main, command).output  # the plan's own language
    assert "01-09 10:01:00  请送备用摄像头（3 层库房 A 柜）：何平（经 mail）" in chinese
    program = [*command[:-1], "app_not_running", "--meeting", "none"]
    assert (
        "remedy restart_application waits for a word: 王强"
        in CliRunner().invoke(main, [*program, "--language", "en"]).output
    )


def test_check_speaks_the_language_of_the_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('language = "zh-CN"\n[contacts.wang]\nname = "王强"\nchannels = ["json://127.0.0.1:1/x"]\n')
    said = CliRunner().invoke(main, ["plan", "check", "--plan", str(file)]).output
    assert "个错误，" in said.splitlines()[-1]
    assert re.findall("[a-z]{3,} [a-z]{3,}", said.replace(str(file), "")) == []


def test_a_join_link_whose_server_is_gone_is_found_on_request() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    plan = Plan(backups={"meet": Backup(name="Meet", join=f"http://127.0.0.1:{port}/x")})
    (found,) = check_reach(plan)
    assert (found.code, found.where) == ("unreachable", "backups.meet")


def test_a_gateway_that_the_plan_does_not_have_is_named(example: Plan) -> None:
    odd = with_contact(example, "wang", channels=(Secret("literal", "gateway://no-such/13800000000"),))
    assert codes(odd)["no_gateway"] == ["contacts.wang"]
    assert "no_gateway" not in codes(example)


def test_an_address_that_no_service_understands_is_named_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        '[contacts.wang]\nname = "Wang"\n'
        'channels = ["mailto://a@example.com?to=b@example.com", "nonsense://hidden", "gateway://sms/1", "mailto://"]\n'
    )
    result = CliRunner().invoke(
        main, ["plan", "check", "--plan", str(tmp_path / "plan.toml"), "--json", "--language", "en"]
    )
    found = [one for one in json.loads(result.stdout) if one["code"] == "not_understood"]
    assert [(one["level"], one["where"], one["text"].split(" of ")[0]) for one in found] == [
        ("error", "contacts.wang", "Channel 2"),
        ("error", "contacts.wang", "Channel 4"),
    ]
    assert "hidden" not in result.output


def test_a_key_in_the_plan_itself_raises_a_word_and_one_elsewhere_does_not(example: Plan, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("wecombot://KEY")
    inline, apart = Secret("literal", "wecombot://KEY"), Secret("file", str(tmp_path / "key"))
    assert codes(with_contact(example, "wang", channels=(inline,)))["inline_key"] == ["contacts.wang"]
    assert "contacts.wang" not in codes(with_contact(example, "wang", channels=(apart,))).get("inline_key", [])
