"""Every network fault has its words in both languages, and the probe names no fault that the catalogue lacks."""

from __future__ import annotations

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
