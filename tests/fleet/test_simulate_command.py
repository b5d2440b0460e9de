"""`roomwatch simulate`: real processes, read by Prometheus' own tools."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from click.testing import CliRunner

from monitor.cli import main
from tests.fleet.inventories import written

HISTORY_HOURS = 2


@asynccontextmanager
async def simulating(*arguments: str) -> AsyncIterator[str]:
    """The address of the targets; the command is ended by TERM, and has to end well."""
    command = (sys.executable, "-m", "monitor.cli", "simulate", "--port", "0", *arguments)
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    try:
        yield (await asyncio.wait_for(child.stdout.readline(), 60)).decode().strip()
    finally:
        child.send_signal(signal.SIGTERM)
        await asyncio.wait_for(child.communicate(), 30)
    assert child.returncode == 0


async def test_every_room_has_a_page_and_the_targets_lead_there(tmp_path: Path) -> None:
    async with simulating("--rooms", "4") as url, aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            groups = await answer.json()
        assert len(groups) == 4
        for group in groups:
            labels = group["labels"]
            async with session.get(f"http://{group['targets'][0]}{labels['__metrics_path__']}") as answer:
                text = await answer.text()
                assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
                assert answer.headers["Content-Encoding"] in ("gzip", "deflate")
            assert f'configured_room="{labels["room"]}"' in text and f'configured_site="{labels["site"]}"' in text
        async with session.get(url.replace("/targets", "/room/hq/none/metrics")) as answer:
            assert answer.status == 404


async def test_a_room_behind_a_dead_switch_breaks_off_the_connection(tmp_path: Path) -> None:
    scenario = written(tmp_path, "dead.toml", '[[event]]\nkind = "switch_dies"\nlasts = "1d"\nsite = "hq"\n')
    async with simulating("--rooms", "4", "--scenario", str(scenario)) as url, aiohttp.ClientSession() as session:
        try:
            async with session.get(url.replace("/targets", "/room/hq/1-01/metrics")) as answer:
                raise AssertionError(f"it answered {answer.status}")
        except aiohttp.ClientError:
            pass
        async with session.get(url.replace("/targets", "/room/lab/1-01/metrics")) as answer:
            assert answer.status == 200


def test_the_file_of_targets_is_file_sd(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["simulate", "--port", "0", "--targets", str(tmp_path / "rooms.json")])
    assert done.exit_code == 1 and "--targets needs a port" in done.output


def test_promtool_makes_blocks_of_the_history(tmp_path: Path) -> None:
    file = tmp_path / "history.om"
    arguments = ["--rooms", "4", "--history", str(file), "--for", f"{HISTORY_HOURS}h", "--step", "240s"]
    done = CliRunner().invoke(main, ["simulate", *arguments, "--scenario", "storm"])
    assert done.exit_code == 0, done.output
    blocks = tmp_path / "blocks"
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(blocks)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    found = [json.loads(one.read_text())["stats"] for one in blocks.glob("*/meta.json")]
    written_samples = int(done.output.split()[0])
    assert sum(one["numSamples"] for one in found) == written_samples


def test_a_history_can_be_of_some_metrics_alone() -> None:
    arguments = ["--rooms", "2", "--history", "-", "--for", "10m", "--step", "5m", "--only", "roomwatch_room_state"]
    lines = CliRunner().invoke(main, ["simulate", *arguments]).output.splitlines()
    names = {line.partition("{")[0] for line in lines if "{" in line}
    assert names == {"up", "roomwatch_room_state", "roomwatch_room_state_seconds_total"}
    assert "# EOF" in lines
