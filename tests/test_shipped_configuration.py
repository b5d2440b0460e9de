"""The shipped file shows every key of the daemon with the code's own default."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner

from alerting.configuration import effective
from alerting.folders import shipped_folder
from monitor.commands.check import check
from monitor.settings import Settings, load


def leaves(value: Any, path: tuple[str, ...] = ()) -> dict[str, Any]:
    if isinstance(value, dict) and value:
        found: dict[str, Any] = {}
        for key, item in value.items():
            found |= leaves(item, (*path, key))
        return found
    return {".".join(path): value}


def shipped() -> dict[str, Any]:
    return tomllib.loads((shipped_folder() / "roomwatch.toml").read_text())


def test_every_key_stands_there_with_its_default() -> None:
    written = {key: value for key, value in leaves(shipped()).items() if not key.startswith("probes.")}
    assert written == leaves(effective(Settings()))


def test_the_shipped_file_is_good() -> None:
    assert load(shipped_folder()).settings == Settings()


def test_overlays_beside_it_are_merged_by_name(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text('[room]\nid = "base"\nfloor = "3"\n')
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "20-room.toml").write_text('[room]\nid = "lakeside"\n')
    (tmp_path / "conf.d" / "10-site.toml").write_text('[room]\nid = "site"\nsite = "HQ"\n')
    room = load(tmp_path).settings.room
    assert (room.id, room.floor, room.site) == ("lakeside", "3", "HQ")


def test_check_prints_toml_with_the_origin_of_each_value(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text('[room]\nid = "base"\n')
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "20-room.toml").write_text('[room]\nname = "3F 湖畔厅"\n')
    said = CliRunner().invoke(check, ["--config", str(tmp_path)])
    assert said.exit_code == 0
    printed = tomllib.loads(said.stdout)
    assert printed["room"] | {"id": "base", "name": "3F 湖畔厅"} == printed["room"]
    origins = {line.split("=")[0].strip(): line.rpartition("  # ")[2] for line in said.stdout.splitlines()}
    assert (origins["id"], origins["name"], origins["floor"]) == ("roomwatch.toml", "conf.d/20-room.toml", "default")


def test_a_probe_keeps_its_own_defaults_where_one_key_of_its_schedule_is_set(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text("[schedule.microphone]\nfail_after = 3\n")
    usual = Settings().schedule
    found = load(tmp_path).settings.schedule
    assert found["microphone"] == msgspec.structs.replace(usual["microphone"], fail_after=3)
    assert found["camera"] == usual["camera"]
