"""What was left out of the package is not missed: daemon, probes, papers, messages and commands run on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from tests.package.conftest import SOURCE
from tests.package.room import Room, run

LARGEST_MIB = 250.0
WITH_ITS_LIBRARIES = ("papers", "report", "plan", "calendar", "network", "camera", "microphone", "acoustic", "channels")
"""Parts of the suite that are run with the package's own libraries: they hold everything that uses a large one."""
FOR_TESTS = ("numpy/random",)
"""The dice of tests. test_everything_that_our_code_imports_anywhere_is_in_the_package shows that a room needs none."""


def test_the_installed_package_is_as_small_as_promised(package: Path) -> None:
    assert int(run("dpkg-deb", "--field", package, "Installed-Size")) / 1024 <= LARGEST_MIB


def test_everything_that_our_code_imports_anywhere_is_in_the_package(room: Room) -> None:
    (room.root / "root/proof.py").write_text((SOURCE / "packaging/prove_running.py").read_text())
    said = room.said("/opt/roomwatch/bin/python -W ignore /root/proof.py")
    (counted,) = (line for line in said.splitlines() if line.endswith("every judge judges"))  # scapy may warn beside it
    assert int(counted.split()[0]) > 500


def test_the_installed_service_watches_and_writes_papers_and_misses_nothing(room: Room) -> None:
    plan = "/usr/share/doc/roomwatch/examples/plan.acme.toml"
    for line in (
        f"plan render --plan {plan} --language en",
        "review --language en",
    ):  # no Chinese font is installed here
        room.shell(f"mkdir -p /root/papers && roomwatch {line} --to /root/papers")
    papers = [one.name for one in (room.root / "root/papers").iterdir()]
    assert {name.rpartition(".")[2] for name in papers} == {"html", "pdf", "docx"}
    said = room.said("journalctl --no-pager --unit roomwatch; roomwatch status --json", check=False)
    assert "No module named" not in said


@pytest.mark.parametrize("part", WITH_ITS_LIBRARIES)
def test_a_part_of_the_suite_passes_on_the_package_s_own_libraries(
    part: str, package: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    libraries = unpacked(package, tmp_path_factory)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-m", "not long", f"tests/{part}"],
        cwd=SOURCE,
        env={**os.environ, "PYTHONPATH": str(libraries), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def unpacked(package: Path, folders: pytest.TempPathFactory) -> Path:
    """The package's libraries, unpacked once, with what tests alone use.

    Skips where the suite's Python is another than the package's.
    """
    top = folders.getbasetemp() / "unpacked"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = top / "opt/roomwatch/lib" / version / "site-packages"
    if not top.exists():
        run("dpkg-deb", "--extract", package, top)
        for name in FOR_TESTS if found.is_dir() else ():
            shutil.copytree(Path(numpy.__file__).parents[1] / name, found / name)
    if not found.is_dir():
        pytest.skip(f"this package is not for {version}")
    return found
