"""A plan without people: nothing is escalated into nothing, and the first real plan tells what is open."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.audit.auditor import audit
from alerting.words import LANGUAGES, load_words
from monitor.cli import main
from tests.alerting.stage import RUNNING
from tests.commands.asking import ask
from tests.rooms.site import PLAN, ROOMS, Site

EMPTY_PLAN = PLAN[: PLAN.index("[contacts")] + PLAN[PLAN.index("[groups") :].replace('"wang"', "").replace('"chen"', "")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(tmp_path, EMPTY_PLAN, rooms=ROOMS[:1], home=ROOMS[0])
    yield made
    await made.service.close()


def findings(site: Site) -> list[str]:
    reader = site.service.journal.reader
    plan = site.service.plan
    return [str(one) for one in audit(reader, now=site.clock.now, plan=plan, plan_since=site.service.plan_since)]


async def test_nothing_is_escalated_into_nothing_and_the_status_says_that_it_is_not_set_up(site: Site) -> None:
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(7200)
    assert not {"step", "unanswered"} & set(site.verbs(1))
    status = site.service.status()
    assert status["set_up"] is False
    assert status["nobody_reachable"] is False
    assert findings(site) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_audit_says_that_an_incident_reached_nobody_until_a_plan_takes_it_up(
    site: Site, tmp_path: Path, language: str
) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}"\n[room]\nlanguage = "{language}"\n')
    command = ["audit", "--since", "2026-01-01", "--config", str(tmp_path)]
    said = load_words(language).text("audit.owed_to_nobody", count=1)
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(3600)
    judged = CliRunner().invoke(main, command)
    assert (judged.exit_code, judged.output.splitlines()[-1]) == (0, said), judged.output
    assert json.loads(CliRunner().invoke(main, [*command, "--json"]).output)["owed_to_nobody"] == 1
    site.settings.plan.write_text(PLAN)
    assert await site.service.reload(site.settings) == ""
    await site.service._swapping.settled()
    await site.until(3660)
    told = CliRunner().invoke(main, command)
    assert (told.exit_code, said in told.output) == (0, False), told.output


async def test_the_first_plan_with_people_tells_what_is_open(site: Site) -> None:
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(3600)
    site.settings.plan.write_text(PLAN)
    assert await site.service.reload(site.settings) == ""
    await site.service._swapping.settled()
    await site.until(3660)
    assert [who for _, who, _ in site.post.arrived] == ["wang"]
    await site.until(3600 + 400)
    assert "chen" in {who for _, who, _ in site.post.arrived}
    assert findings(site) == []


async def test_a_plan_that_is_written_while_the_daemon_was_down_tells_it_too(site: Site) -> None:
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(60)
    await site.service.close()
    site.settings.plan.write_text(PLAN)
    site.start()
    await site.service.open(clean_start=True)
    await site.until(120)
    assert [who for _, who, _ in site.post.arrived] == ["wang"]


async def test_an_incident_that_somebody_took_on_trial_escalates_when_the_taking_runs_out(site: Site) -> None:
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(60)
    await ask(site.service, "note", incident=1, text="seen")
    site.settings.plan.write_text(PLAN)
    await site.service.reload(site.settings)
    await site.service._swapping.settled()
    await ask(site.service, "take", incident=1, by="wang")
    await site.until(2 * 3600)
    assert "chen" in {who for _, who, _ in site.post.arrived}
    assert findings(site) == []
