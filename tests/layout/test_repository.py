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


def package(folder: Path, name: str, version: str = "0.2.0") -> Path:
    control = folder / name / "DEBIAN" / "control"
    control.parent.mkdir(parents=True)
    control.write_text(
        f"Package: roomwatch\nVersion: {version}~deb12\nArchitecture: amd64\n"
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


def repository(
    folder: Path, keyring: dict[str, str], *words: Path | str, ring: str = "all"
) -> subprocess.CompletedProcess[str]:
    command = [
        ROOT / "scripts" / "repository",
        folder,
        "--key",
        "rooms@example.org",
        "--url",
        "https://r.example",
        ring,
    ]
    return subprocess.run([*command, *words], env=keyring, capture_output=True, text=True, timeout=60, check=False)


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


def offered(served: Path, ring: str = "all") -> list[str]:
    listed = (served / "dists" / ring / "deb12/binary-amd64/Packages").read_text().splitlines()
    return [one.removeprefix("Version: ") for one in listed if one.startswith("Version: ")]


def test_a_ring_takes_one_version_over_and_a_bad_one_is_withdrawn(tmp_path: Path, keyring: dict[str, str]) -> None:
    served = tmp_path / "served"
    packages = [package(tmp_path, f"roomwatch_{one}~deb12_amd64", one) for one in ("0.2.0", "0.3.0", "0.10.0")]
    repository(served, keyring, *packages, ring="canary")

    repository(served, keyring, "--from", "canary", "0.2.0")
    assert offered(served) == ["0.2.0~deb12"]
    refused = repository(served, keyring, "--from", "canary", "0.4.0")
    assert refused.returncode == 1
    assert "the ring canary has no version 0.4.0; it has: 0.2.0 0.3.0 0.10.0" in refused.stderr
    done = repository(served, keyring, "--from", "canary")
    assert sorted(offered(served)) == ["0.10.0~deb12", "0.2.0~deb12", "0.3.0~deb12"]
    assert done.stdout.strip() == str(served / "roomwatch-0.10.0.tar")

    done = repository(served, keyring, "--withdraw", "0.10.0")
    assert sorted(offered(served)) == ["0.2.0~deb12", "0.3.0~deb12"]
    assert len(offered(served, "canary")) == 3, "another ring keeps it"
    assert done.stdout.strip() == str(served / "roomwatch-0.3.0.tar")


def test_the_bundle_is_one_readable_folder_of_its_newest_version_alone(tmp_path: Path, keyring: dict[str, str]) -> None:
    served = tmp_path / "served"
    old, new = (package(tmp_path, name, version) for name, version in (
        ("roomwatch_0.2.0~deb13_amd64", "0.2.0"), ("roomwatch_0.3.0~deb12_amd64", "0.3.0")))  # fmt: skip
    repository(served, keyring, old, new)
    place = tmp_path / "open to all"
    place.mkdir(mode=0o777)
    place.chmod(0o1777)
    subprocess.run(["tar", "-C", place, "-xf", served / "roomwatch-0.3.0.tar"], check=True, timeout=60)
    assert place.stat().st_mode & 0o7777 == 0o1777, "where it is unpacked stays as it was"
    (folder,) = place.iterdir()
    assert folder.name == "roomwatch-0.3.0"
    assert folder.stat().st_mode & 0o777 == 0o755
    names = {one.name for one in folder.iterdir()}
    assert names == {"install", "SHA256SUMS", "SHA256SUMS.asc", "roomwatch_0.3.0~deb12_amd64.deb"}
    verify = ["gpg", "--batch", "--verify", "SHA256SUMS.asc", "SHA256SUMS"]
    assert subprocess.run(verify, cwd=folder, env=keyring, capture_output=True, timeout=60, check=False).returncode == 0
