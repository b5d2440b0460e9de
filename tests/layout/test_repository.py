"""scripts/repository with small packages and a key of its own: what it makes, and what it does not take."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment with a signing key of this run."""
    home = tmp_path_factory.mktemp("gnupg")
    home.chmod(0o700)
    environment = os.environ | {"GNUPGHOME": str(home)}
    making = ("--passphrase", "", "--quick-generate-key", "rooms@example.org", "ed25519", "sign", "never")
    subprocess.run(["gpg", "--batch", *making], env=environment, check=True, capture_output=True, timeout=60)
    yield environment
    subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=True, timeout=60)


def package(folder: Path, name: str) -> Path:
    control = folder / name / "DEBIAN" / "control"
    control.parent.mkdir(parents=True)
    control.write_text(
        "Package: roomwatch\nVersion: 0.2.0~deb12\nArchitecture: amd64\n"
        "Maintainer: Rooms <rooms@example.org>\nDescription: small\n"
    )
    made = folder / f"{name}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", control.parents[1], made],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return made


def repository(folder: Path, keyring: dict[str, str], *packages: Path) -> subprocess.CompletedProcess[str]:
    command = [
        ROOT / "scripts" / "repository",
        folder,
        "--key",
        "rooms@example.org",
        "--url",
        "https://r.example",
        "all",
    ]
    return subprocess.run([*command, *packages], env=keyring, capture_output=True, text=True, timeout=60, check=False)


def test_a_package_is_listed_for_its_debian_and_signed(tmp_path: Path, keyring: dict[str, str]) -> None:
    served = tmp_path / "served"
    done = repository(served, keyring, package(tmp_path, "roomwatch_0.2.0~deb12_amd64"))
    assert done.returncode == 0, done.stderr
    listed = served / "dists" / "all"
    assert "Version: 0.2.0~deb12" in (listed / "deb12/binary-amd64/Packages").read_text()
    assert (listed / "deb13/binary-amd64/Packages").read_text() == ""
    verify = ["gpg", "--batch", "--verify", listed / "InRelease"]
    assert subprocess.run(verify, env=keyring, capture_output=True, timeout=60, check=False).returncode == 0
    assert "Suites: all" in (served / "all-deb12.sources").read_text()
    assert done.stdout.strip() == str(served / "roomwatch-0.2.0.tar")


def test_a_package_whose_name_says_no_debian_is_not_taken(tmp_path: Path, keyring: dict[str, str]) -> None:
    served = tmp_path / "served"
    done = repository(served, keyring, package(tmp_path, "renamed"))
    assert done.returncode == 1
    assert "renamed.deb says neither ~deb12 nor ~deb13" in done.stderr
    assert not list(served.rglob("*.deb"))
