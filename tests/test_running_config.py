"""Fingerprints of the files that run, keys that changed, and those that wait for a restart."""

from pathlib import Path

import msgspec

from monitor.settings import load
from monitor.settings.running import AT_RESTART, Fingerprints, changed_keys, fingerprints, keep_until_restart


def test_a_fingerprint_follows_each_file_by_itself(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    assert fingerprints(tmp_path, plan) == Fingerprints()
    (tmp_path / "roomwatch.toml").write_text("")
    plan.write_text("")
    empty = fingerprints(tmp_path, plan)
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.toml").write_text('mode = "act"\n')
    one = fingerprints(tmp_path, plan)
    assert (one.base, one.plan) == (empty.base, empty.plan)
    assert one.overlay != empty.overlay == ""
    (tmp_path / "conf.d" / "a.toml").rename(tmp_path / "conf.d" / "b.toml")
    assert fingerprints(tmp_path, plan).overlay != one.overlay


def test_what_waits_for_a_restart_keeps_its_value_and_is_named() -> None:
    running = load()
    web = msgspec.structs.replace(running.settings.web, port=1, public_url="https://room.example.org")
    fresh = msgspec.structs.replace(running.settings, web=web, mode="observe")
    kept, waiting = keep_until_restart(running.settings, fresh)
    assert waiting == ("web.port",)
    assert (kept.web.port, kept.web.public_url, kept.mode) == (running.settings.web.port, web.public_url, "observe")
    changed = changed_keys(running, msgspec.structs.replace(running, settings=kept))
    assert changed == ("mode", "web.public_url")


def test_every_key_that_waits_exists() -> None:
    settings = load().settings
    for key in AT_RESTART:
        found: object = settings
        for part in key.split("."):
            found = getattr(found, part)
