"""`roomwatch rooms`: what it writes is read by those that it is for."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.configuration import ConfigurationError
from alerting.folders import shipped_folder
from monitor.cli import main
from monitor.fleet.ansible import ansible_inventory
from monitor.fleet.inventory import InventoryRoom, read_inventory
from monitor.fleet.overlay import NAME, overlay
from monitor.settings import load
from tests.fleet.inventories import table, written

ROOMS = """
[[room]]
id = "3-12"
name = '3F "Lakeside" \\ 会议室 🎥 {{ 7 * 7 }}'
site = "上海 总部/West"
floor = "3"
address = "room-3-12.example.org"
model = "Mini PC 7"
user = "meeting"
camera = ["usb-Logitech"]
microphone = "Jabra"
programs = ["teams", "zoom=always"]
language = "zh-CN"
timezone = "Asia/Shanghai"
public_url = "https://rooms.example.org"

[[room]]
id = "101"
site = "hq"
address = "[2001:db8::12]:9800"
"""


class UnsafeLoader(yaml.SafeLoader):
    """Knows Ansible's own mark of a text that is no template."""


UnsafeLoader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["rooms", *map(str, arguments)])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    done = run("write", written(tmp_path, "rooms.toml", ROOMS), tmp_path / "out")
    assert done.exit_code == 0, done.output
    return tmp_path / "out"


def checked(room: Path) -> Any:
    """The room's overlay beside the fleet's shipped file, as the daemon reads it."""
    shutil.copy(shipped_folder() / "roomwatch.toml", room)
    return load(room)


def test_the_room_takes_its_overlay(out: Path) -> None:
    room = out / "rooms" / "3-12@上海%20总部%2FWest"
    made = checked(room)
    assert made.settings.room.name == '3F "Lakeside" \\ 会议室 🎥 {{ 7 * 7 }}'
    assert made.settings.room.site == "上海 总部/West"
    assert (made.settings.web.listen, made.settings.web.public_url) == ("0.0.0.0", "https://rooms.example.org")
    assert made.settings.timezone == "Asia/Shanghai"
    assert made.probes["camera"].cameras == ("usb-Logitech",)
    assert made.probes["microphone"].source == "Jabra"
    assert made.probes["software"].applications["zoom"].expected == "always"
    done = CliRunner().invoke(main, ["check", "--config", str(room)])
    assert done.exit_code == 0, done.output
    other = checked(out / "rooms" / "101@hq").settings
    assert (other.room.id, other.web.listen, other.web.port) == ("101", "::", 9800)


def test_prometheus_finds_the_rooms(out: Path) -> None:
    config = written(out, "prometheus.yml", "scrape_configs: [{job_name: r, file_sd_configs: [{files: [rooms.json]}]}]")
    command = ["promtool", "check", "service-discovery", "--timeout=3s", str(config), "r"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = {one["labels"]["instance"]: one["labels"] for one in json.loads(done.stdout)}
    assert found["[2001:db8::12]:9800"]["room"] == "101"
    labels = found["room-3-12.example.org:9720"]
    assert [labels[name] for name in ("room", "site", "floor", "model")] == ["3-12", "上海 总部/West", "3", "Mini PC 7"]


def test_the_ansible_inventory_is_yaml_whose_names_are_no_templates(out: Path) -> None:
    text = (out / "ansible.yml").read_text()
    made = yaml.load(text, UnsafeLoader)["roomwatch"]
    host = made["hosts"]["3-12@上海%20总部%2FWest"]
    assert host["ansible_host"] == "room-3-12.example.org"
    assert (out / host["roomwatch_overlay"]).is_file()
    assert host["roomwatch_name"].endswith("{{ 7 * 7 }}") and 'roomwatch_name: !unsafe "3F' in text
    assert made["children"]["site_hq"]["hosts"] == {"101@hq": {}}


def test_nothing_is_written_when_a_room_is_wrong(tmp_path: Path) -> None:
    last = ROOMS.count("\n")
    bad = written(tmp_path, "rooms.toml", ROOMS + '[[room]]\nid = "101"\nsite = "hq"\naddress = "10.0.0.1/8"\n')
    done = run("write", bad, tmp_path / "out")
    assert done.exit_code == 78
    assert "2 problems in" in done.output
    assert f"rooms.toml:{last + 2}: id" in done.output and f"rooms.toml:{last + 4}: address" in done.output
    assert not (tmp_path / "out").exists()


def test_a_second_time_changes_nothing_and_tells_of_rooms_that_are_gone(tmp_path: Path, out: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*")}
    fewer = written(tmp_path, "rooms.toml", ROOMS)
    assert "0 files written, 4 as before" in run("write", fewer, out).output
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*")} == before
    fewer.write_text(ROOMS.partition('[[room]]\nid = "101"')[0])
    assert "101@hq (1)" in run("write", fewer, out).output
    assert (out / "rooms" / "101@hq" / "conf.d" / NAME).is_file()


def test_others_may_enter_what_was_written_whatever_the_umask(tmp_path: Path) -> None:
    rooms = written(tmp_path, "rooms.toml", ROOMS)
    before = os.umask(0o077)
    try:
        assert run("write", rooms, tmp_path / "new" / "out").exit_code == 0
    finally:
        os.umask(before)
    places = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    assert [str(one) for one in places if one.stat().st_mode & 0o004 == 0] == []


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    written(tmp_path, "out", "a file")
    done = run("write", written(tmp_path, "rooms.toml", ROOMS), tmp_path / "out")
    assert done.exit_code != 0 and "out" in done.output


def test_the_signs_are_one_pdf_with_a_page_a_room(tmp_path: Path) -> None:
    file = written(tmp_path, "rooms.toml", ROOMS)
    assert run("write", file, tmp_path / "out", "--signs").exit_code == 0
    signs = str(tmp_path / "out" / "signs.pdf")
    about = subprocess.run(["pdfinfo", signs], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "Pages:           2" in about
    words = subprocess.run(["pdftotext", signs, "-"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "https://rooms.example.org/r/3-12" in words and "http://[2001:db8::12]:9800/r/101" in words


def test_twenty_thousand_rooms_are_read(tmp_path: Path) -> None:
    rows = (
        {"id": f"r{n % 500}", "site": f"site {n // 500}", "address": f"10.0.{n // 250}.{n % 250}", "name": "会议室"}
        for n in range(20_000)
    )
    found = read_inventory(table(tmp_path, *rows, delimiter=";"))
    assert len(found.rooms) == 20_000
    assert len({room.key for room in found.rooms}) == 20_000


async def test_http_sd_follows_the_inventory_and_keeps_the_last_good_one(tmp_path: Path) -> None:
    file = written(tmp_path, "rooms.toml", ROOMS)
    command = (sys.executable, "-m", "monitor.cli", "rooms", "serve", str(file), "--port", "0")
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None and child.stderr is not None
    try:
        url = (await asyncio.wait_for(child.stdout.readline(), 60)).decode().strip()
        async with aiohttp.ClientSession() as session:

            async def rooms() -> list[str]:
                async with session.get(url) as answer:
                    assert answer.content_type == "application/json"
                    return [group["labels"]["room"] for group in await answer.json()]

            assert await rooms() == ["101", "3-12"]
            file.write_text("[[room]]\nid = 'x y'\n")
            assert await rooms() == ["101", "3-12"]
            file.write_text("[[room]]\nid = 'new'\naddress = '192.0.2.1'\n")
            assert await rooms() == ["new"]
    finally:
        child.send_signal(signal.SIGTERM)
        said = (await asyncio.wait_for(child.communicate(), 30))[1].decode()
    assert child.returncode == 0, said
    assert "the rooms of before are kept" in said and "rooms.toml:2: id" in said


NAMES = st.text(st.characters(codec="utf-8"), max_size=40)


@settings(max_examples=60, deadline=None)
@given(name=NAMES, site=NAMES, floor=NAMES, camera=NAMES, microphone=NAMES)
def test_whatever_the_inventory_takes_all_others_take(
    tmp_path_factory: pytest.TempPathFactory, name: str, site: str, floor: str, camera: str, microphone: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    row = {"id": "a", "address": "192.0.2.1", "name": name, "site": site, "floor": floor, "camera": camera}
    try:
        (room,) = read_inventory(table(folder, row | {"microphone": microphone})).rooms
    except ConfigurationError:
        return
    assert load_overlay(folder, room) == (room.name, room.site, room.floor, room.cameras, room.microphone)
    (host,) = yaml.load(ansible_inventory([room]), UnsafeLoader)["roomwatch"]["hosts"].values()
    assert host.get("roomwatch_name", "") == room.name
    assert "/" not in room.key and len(room.key.encode()) < 256


def load_overlay(folder: Path, room: InventoryRoom) -> tuple[object, ...]:
    file = written(folder, "roomwatch.toml", overlay(room))
    made = load(file)
    place = made.settings.room
    return place.name, place.site, place.floor, made.probes["camera"].cameras, made.probes["microphone"].source
