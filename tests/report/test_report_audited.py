"""Reports leave a journal in which the auditor misses nothing, signed or never written."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.audit.auditor import audit
from alerting.plan.loading import load_plan
from alerting.workflows.report import PostIncidentReport
from tests.alerting.stage import Stage
from tests.report.test_report_course import HOUR, PLAN, Printer, acme, over


@pytest.mark.parametrize("signed", [True, False])
async def test_the_auditor_finds_nothing_amiss(tmp_path: Path, signed: bool) -> None:
    plan = acme(quiet=load_plan(PLAN).quiet)
    stage = Stage(tmp_path, plan, workflows=[PostIncidentReport(Printer(tmp_path))])  # type: ignore[arg-type]
    number = await over(stage)
    await stage.until(20 * HOUR)
    if signed:
        for verb, by in (("report_submit", "sun"), ("report_approve", "wang"), ("report_sign", "chen")):
            await stage.engine.command(verb, number, by=by)
        await stage.engine.command("feedback", number, by="guest", score=5, anonymous=True)
    await stage.until(70 * HOUR)
    found = list(audit(stage.journal.reader, now=stage.clock.now, plan=stage.plan))
    await stage.close()
    assert [f"{one.code} {one.what} {one.contact} {one.detail}" for one in found] == []
