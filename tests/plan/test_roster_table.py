"""Rosters from CSV and XLSX, and the approval of a plan."""

import datetime as dt
import os
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from alerting.configuration import ConfigurationError
from alerting.plan.approval import WrongStep, digest_of, read_records, record_step, state_of
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.plan.roster_import import read_roster
from alerting.plan.running_plan import RunningPlan
from monitor.cli import main

PLAN = Plan(contacts={"wang": Contact(name="王强"), "li": Contact(name="李娜")})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_chinese_csv_is_read_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "值班.csv"
    file.write_text(
        "开始,结束,值班人\n2026-01-05 09:00,2026-01-12 09:00,王强\n2026/01/12 09:00,,王强、李娜\n", encoding
    )
    first, second = read_roster(file, PLAN).turns
    assert first.people == ("wang",)
    assert (second.people, second.end) == (("wang", "li"), dt.datetime(2026, 1, 13, 9))


def test_a_workbook_is_read_with_its_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["start", "person"])
    book.active.append([dt.datetime(2026, 1, 5, 9), "li"])
    book.active.append([dt.datetime(2026, 1, 6, 9), "wang"])
    book.save(tmp_path / "duty.xlsx")
    first, _ = read_roster(tmp_path / "duty.xlsx", PLAN).turns
    assert (first.end, first.people) == (dt.datetime(2026, 1, 6, 9), ("li",))


def test_every_wrong_row_is_named_and_nothing_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "duty.csv"
    file.write_text("start,end,person\nsoon,,wang\n2026-01-05,2026-01-04,wang\n2026-01-05,,nobody\n")
    with pytest.raises(ConfigurationError) as caught:
        read_roster(file, PLAN)
    assert [problem.path for problem in caught.value.problems] == ["row 2", "row 3", "row 4"]
    (tmp_path / "x.xlsx").write_text("no workbook")
    with pytest.raises(ConfigurationError, match="has no such columns; it has: no workbook"):
        read_roster(tmp_path / "x.xlsx", PLAN)


def test_an_imported_roster_is_on_duty_afterwards(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "config" / "examples" / "plan.acme.toml"
    plan = tmp_path / "plan.toml"
    plan.write_bytes(example.read_bytes())
    (tmp_path / "duty.csv").write_text("start,end,person\n2026-01-05 09:00,2026-01-12 09:00,zhao\n")
    command = ["plan", "import-roster", str(tmp_path / "duty.csv"), "--roster", "technical", "--plan", str(plan)]
    shown = CliRunner().invoke(main, command)
    assert "read 1 turns of 1 rows" in shown.output
    before = os.umask(0o077)
    try:
        written = CliRunner().invoke(main, [*command, "--write"])
    finally:
        os.umask(before)
    assert written.exit_code == 0
    overlay = tmp_path / "plan.d" / "roster-technical.toml"
    assert [one.stat().st_mode & 0o777 for one in (overlay.parent, overlay)] == [0o755, 0o644]  # the service reads them
    assert "2026-01-05 09:00 – 2026-01-12 09:00  Zhao Kai" in written.output
    running = RunningPlan(load_plan(plan))
    assert running.on_duty("technical", dt.datetime(2026, 1, 9, 2, tzinfo=dt.UTC)) == ("zhao",)


def test_a_plan_goes_through_draft_review_and_signature_in_order(tmp_path: Path) -> None:
    file = tmp_path / "approvals.jsonl"
    with pytest.raises(WrongStep, match="sign cannot follow, but draft can"):
        record_step(file, PLAN, "sign", by="陈立", at=1.0)
    record_step(file, PLAN, "draft", by="孙悦", at=1.0)
    record_step(file, PLAN, "review", by="王强", at=2.0)
    assert record_step(file, PLAN, "sign", by="陈立", at=3.0) == "signed"
    changed = Plan(version="2")
    assert state_of(read_records(file), digest_of(changed)) == "none"


def test_a_return_needs_a_reason_and_starts_again_and_a_torn_line_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "approvals.jsonl"
    record_step(file, PLAN, "draft", by="孙悦", at=1.0)
    with pytest.raises(WrongStep, match="--why"):
        record_step(file, PLAN, "return", by="王强", at=2.0)
    with file.open("ab") as stream:
        stream.write(b'{"version": "1", "dig')
    assert record_step(file, PLAN, "return", by="王强", at=2.0, why="缺少联系电话") == "none"
    assert [record.action for record in read_records(file)] == ["draft", "return"]
