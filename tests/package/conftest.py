"""The packages, the site's repository with what the package needs of Debian, and a room in which it is installed."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.version import VERSION
from tests.package.room import PORT, Room, run, until

SOURCE = Path(__file__).resolve().parents[2]
SUITE = os.environ.get("ROOMWATCH_SUITE", "bookworm")
collect_ignore_glob = [] if "ROOMWATCH_SUITE" in os.environ else ["test_*.py"]
"""These tests take many minutes and make Debian folders: scripts/test-package alone runs them."""
RELEASE = {"bookworm": "deb12", "trixie": "deb13"}[SUITE]
NEXT = "99.0"
"""The version of the package that rooms are upgraded to: the same program under a higher number, and a line more in its
roomwatch.toml."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rooms")


@pytest.fixture(scope="session")
def package(folder: Path) -> Path:
    """The package of this commit. ROOMWATCH_PACKAGE names one that is there already."""
    if given := os.environ.get("ROOMWATCH_PACKAGE"):
        return Path(given)
    return built(folder / "built")


def built(folder: Path) -> Path:
    """Build the package of this commit."""
    run(SOURCE / "scripts/package", "--version", VERSION, "--to", folder, SUITE)
    (made,) = folder.glob("*.deb")
    return made


@pytest.fixture(scope="session")
def next_package(package: Path, folder: Path) -> Path:
    tree = folder / "next"
    run("dpkg-deb", "--raw-extract", package, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {NEXT}~{RELEASE}", control.read_text(), flags=re.MULTILINE))
    with (tree / "etc/roomwatch/roomwatch.toml").open("a") as shipped:
        shipped.write("# Of the next version.\n")
    made = folder / f"roomwatch_{NEXT}~{RELEASE}_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", tree, made)
    shutil.rmtree(tree)
    return made


@pytest.fixture(scope="session")
def debian(package: Path) -> Path:
    """A Debian as its installer leaves it: systemd and nothing of ours."""
    making = f". {SOURCE}/scripts/debian-root; debian_root {SUITE} room systemd systemd-sysv dbus wget"
    return Path(run("bash", "-euc", making).strip())


@pytest.fixture(scope="session")
def key(folder: Path) -> str:
    """A signing key of the site's, made for this run."""
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    os.environ["GNUPGHOME"] = str(home)
    run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "rooms@example.org", "ed25519", "sign", "never")
    return "rooms@example.org"


@pytest.fixture(scope="session")
def site(folder: Path, debian: Path, package: Path, next_package: Path, key: str) -> Path:
    """What the site's web server serves: our repository, and Debian's packages that a room needs."""
    served = folder / "served"
    repository = SOURCE / "scripts/repository"
    address = f"http://127.0.0.1:{PORT}/rooms"
    run(repository, served / "rooms", "--key", key, "--url", address, "all", package)
    run(repository, served / "rooms", "--key", key, "--url", address, "canary", package, next_package)
    needed = served / "debian"
    needed.mkdir()
    wanted = run("dpkg-deb", "--field", package, "Depends")
    names = [re.sub(r"[ (|].*", "", one.strip()) for one in wanted.split(",")]
    names.append("python3-apt")  # which Ansible installs, for it asks apt by it
    run("chroot", debian, "/usr/bin/apt-get", "--yes", "--no-install-recommends", "--download-only", "install", *names)
    for one in (debian / "var/cache/apt/archives").glob("*.deb"):
        shutil.copy(one, needed)
    (needed / "Packages").write_text(run("apt-ftparchive", "packages", ".", cwd=needed))
    return served


@pytest.fixture(scope="session")
def bare(folder: Path, debian: Path, site: Path) -> Callable[[str, list[Path]], Room]:
    """Makes rooms of which apt knows Debian and nothing else."""

    def made(name: str, above: list[Path]) -> Room:
        place = folder / name
        place.mkdir()
        room = Room(place, [*above, debian], site)
        room.mount()
        sources = room.root / "etc/apt"
        (sources / "sources.list").write_text(f"deb [trusted=yes] http://127.0.0.1:{PORT}/debian ./\n")
        (sources / "apt.conf.d/90this-machine").unlink(missing_ok=True)
        return room

    return made


@pytest.fixture(scope="session")
def installed(bare: Callable[[str, list[Path]], Room]) -> Iterator[tuple[Path, dict[str, float], str]]:
    """The layer of a room after the two commands; seconds and MiB that they took; what apt said."""
    room = bare("installed", [])
    try:
        room.boot()
        begun = time.monotonic()
        where = f"http://127.0.0.1:{PORT}/rooms/all-{RELEASE}.sources"
        said = room.said(f"wget -q -P /etc/apt/sources.list.d {where}")
        said += room.said("apt-get update -q && apt-get install -q --yes --no-install-recommends roomwatch")
        until(room.watches)
        took = {"seconds": time.monotonic() - begun}
        took["mib"] = int(room.said("dpkg-query -W -f '${Installed-Size}' roomwatch")) / 1024
        room.power_off()
        yield room.folder / "upper", took, said
    finally:
        room.close()


@pytest.fixture
def room(
    request: pytest.FixtureRequest,
    bare: Callable[[str, list[Path]], Room],
    installed: tuple[Path, dict[str, float], str],
) -> Iterator[Room]:
    """A booted room of its own in which the package watches."""
    made = bare(request.node.name, [installed[0]])
    try:
        made.boot()
        until(made.watches)
        yield made
    finally:
        made.close()
        shutil.rmtree(made.folder, ignore_errors=True)
