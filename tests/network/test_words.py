"""Every network fault has its words in both languages, and the probe names no fault that the catalogue lacks."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import probes.network
from alerting.model.catalogue import KINDS, network
from alerting.words import LANGUAGES, load_words
from probes.network import Settings, profiles, thresholds

STARTS = "link|wifi|wired|dns|service|media|internet6?|captive|proxy|no|gateway|duplicate|another|clock|path"
"""How the codes of network faults begin."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_network_fault_has_title_meaning_and_first_action(language: str) -> None:
    words = load_words(language)
    missing = [
        f"{kind.code}.{part}"
        for kind in network.KINDS
        for part in ("title", "what", "act")
        if not words.has(f"fault.{kind.code}.{part}")
    ]
    assert missing == []


def test_every_code_that_the_probe_can_say_is_in_the_catalogue() -> None:
    folder = Path(probes.network.__file__).parent
    text = "\n".join(file.read_text() for file in folder.glob("*.py"))
    said = {threshold.fault for threshold in thresholds(Settings())}
    for line in text.splitlines():
        if "finding" in line or "return" in line:
            said |= set(re.findall(rf'"((?:{STARTS})_[a-z_]+)"', re.sub(r'because\("[a-z_]+"', "", line)))
    said = {one for one in said if not one.endswith(("_seconds", "_roams", "_bytes", "_check"))}
    assert said <= {kind.code for kind in network.KINDS}
    assert len(said) >= 20


def test_every_dependency_is_a_check_that_exists() -> None:
    checks = {kind.check for kind in KINDS.values()}
    assert {one for kind in network.KINDS for one in kind.depends_on} <= checks


def test_every_shipped_service_names_its_source_and_date() -> None:
    known = profiles.load()
    assert {"teams", "zoom", "webex", "tencent_meeting", "feishu", "dingtalk", "google_meet", "jitsi"} <= set(known)
    assert all(profile.source.startswith("https://") for profile in known.values())


def test_a_broken_profile_file_is_one_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "services.toml"
    file.write_text('[meet]\nname = "x"\nurl = "ftp://x"\nsource = "s"\ndate = "2026-11-24"\n')
    with pytest.raises(profiles.ProfileError, match=r"services.toml.*url"):
        profiles.load(str(file))


def test_a_profile_file_that_cannot_be_read_as_one_is_one_clear_error(tmp_path: Path) -> None:
    deep, pipe = tmp_path / "deep.toml", tmp_path / "pipe.toml"
    deep.write_text("a = " + "[" * 5000 + "]" * 5000)
    os.mkfifo(pipe)
    for file, said in ((deep, "nested too deeply"), (pipe, "is no file"), (tmp_path, "is no file")):
        with pytest.raises(profiles.ProfileError, match=said):
            profiles.load(str(file))


def test_the_mark_of_editors_at_the_begin_of_a_profile_file_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "services.toml"
    text = '[meet]\nname = "x"\nurl = "https://meet.example.org"\nsource = "s"\ndate = "2026-11-24"\n'
    file.write_text(text, encoding="utf-8-sig")
    assert set(profiles.load(str(file))) == {"meet"}
