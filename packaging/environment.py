"""Makes /opt/roomwatch below a package's folder: the program, the libraries of requirements.lock, and their bytecode.

    python3 packaging/environment.py --wheels FOLDER --destination debian/roomwatch --work debian/work

Runs with the Python that the package is for. Needs no network: FOLDER holds the wheels, whose hashes the lock names.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
PREFIX = Path("opt/roomwatch")
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

BUILD_ONLY = frozenset({"editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"})
"""Locked, but only to build our own wheel."""

LEFT_OUT: dict[str, str] = {
    "bin": "commands of libraries; a room has one command",
    "**/tests": "tests",
    "**/test": "tests",
    "**/*.pyi": "types for checkers",
    "**/*.pyx": "sources of what is compiled",
    "**/*.pxd": "sources of what is compiled",
    "**/*.[ch]": "sources of what is compiled",
    "**/*.hpp": "sources of what is compiled",
    "**/*.a": "for linking",
    "lxml/includes": "headers",
    "numpy/_core/include": "headers",
    "numpy/f2py": "a Fortran wrapper generator",
    "numpy/distutils": "for building",
    "numpy/_pyinstaller": "for building",
    "numpy/_core/lib": "for linking",
    "numpy/random/lib": "for linking",
    "numpy/random/_examples": "examples",
    "PIL/_avif.*": "AVIF pictures; no document holds one",
    "pillow.libs/libavif*": "AVIF pictures; no document holds one",
    "PIL/_imagingtk.*": "pictures in a window",
    "pyphen/dictionaries/*hyph_*": "hyphenation, which no document asks for",
    "numpy/_core/_*_tests.*": "tests",
    "**/.gitignore": "of the library's own source tree",
    "scapy/contrib/[!_]*": "protocols that no probe speaks",
    "scapy/tools": "a developer's tools",
    "scapy/libs/winpcapy.py": "Windows",
    "scapy/arch/windows": "Windows",
    "fontTools/*/*.c": "sources of what is compiled",
}
"""What a room never runs, as paths in the folder of the libraries, and why."""

KEPT = frozenset({"scapy/contrib/lldp.py", "scapy/contrib/cdp.py"})
"""What a probe uses of what is left out otherwise."""


TEXT_IN_COPYRIGHT = frozenset({"chinesecalendar"})
"""Libraries whose wheel names its licence without the text: debian/copyright has it."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--wheels", type=Path, required=True)
    arguments.add_argument("--destination", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    given = arguments.parse_args()
    top = given.destination / PREFIX
    libraries = top / "lib" / PYTHON / "site-packages"
    libraries.mkdir(parents=True)
    install(given.wheels.resolve(), given.work.resolve(), libraries)
    # Pages of libraries' commands; ours are in share/ of the work's own folder.
    shutil.rmtree(libraries / "share", ignore_errors=True)
    shutil.move(given.work.resolve() / "own/share", top / "share")
    leave_out(libraries)
    for module in libraries.rglob("*.py"):
        module.chmod(0o644)  # some wheels bring modules that are marked as programs
    strip(libraries)
    prove_complete(libraries)
    interpreter(top)
    compile_all(given.destination, libraries)


def install(wheels: Path, work: Path, libraries: Path) -> None:
    """The locked libraries and our own wheel, each file checked against the lock's hash."""
    work.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "venv", str(work / "venv"))
    pip = (str(work / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet")
    source = ("--no-index", "--no-deps", "--find-links", str(wheels))
    for name, inside in (("build.lock", True), ("room.lock", False)):
        (work / name).write_text("".join(entry for one, entry in locked() if (one in BUILD_ONLY) is inside))
    run(*pip, "install", *source, "--require-hashes", "-r", str(work / "build.lock"))
    run(*pip, "wheel", *source, "--no-build-isolation", "--wheel-dir", str(work), str(SOURCE))
    target = ("--no-compile", "--target", str(libraries))
    run(*pip, "install", *source, *target, "--require-hashes", "-r", str(work / "room.lock"))
    (wheel,) = work.glob("roomwatch-*.whl")
    # pip does not merge into a folder that is there, so ours comes by way of a folder of its own.
    run(*pip, "install", "--no-index", "--no-deps", "--no-compile", "--target", str(work / "own"), str(wheel))
    for entry in sorted((work / "own").iterdir()):
        if entry.name not in ("bin", "share"):
            shutil.move(entry, libraries / entry.name)


def locked() -> list[tuple[str, str]]:
    """Each entry of the lock by its name, with its hashes."""
    text = (SOURCE / "requirements.lock").read_text()
    entries = re.findall(r"^(?:[a-z0-9].*\n(?:[ ].*\n)*)", text, re.MULTILINE)
    return [(re.split(r"[=\[]", entry)[0], entry) for entry in entries]


def leave_out(libraries: Path) -> None:
    """Remove what LEFT_OUT names, and what pip notes about its own work: RECORD would name files that are gone."""
    for pattern in (*LEFT_OUT, "*.dist-info/RECORD", "*.dist-info/REQUESTED", "*.dist-info/direct_url.json"):
        for path in sorted(libraries.glob(pattern)):
            if str(path.relative_to(libraries)) in KEPT or not path.exists():
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def strip(libraries: Path) -> None:
    """Debugging symbols, but not of a library that a wheel's maker has edited: strip would break its layout."""
    for library in sorted(libraries.rglob("*.so*")):
        if library.parent.name.endswith(".libs") or library.is_symlink():
            continue
        dynamic = subprocess.run(["readelf", "-d", str(library)], check=True, capture_output=True, text=True).stdout
        if not re.search(r"\((RPATH|RUNPATH)\)", dynamic):
            run("strip", "--strip-unneeded", "--enable-deterministic-archives", str(library))


def prove_complete(libraries: Path) -> None:
    """Every requirement is there and every library brings its licence. Raises SystemExit with those that do not."""
    there = {plain(one.name): one for one in metadata.distributions(path=[str(libraries)])}
    missing = set()
    for one in there.values():
        for requirement in one.requires or ():
            condition = requirement.partition(";")[2]
            if "extra ==" not in condition and not re.search(r"python_version|platform|implementation", condition):
                name = plain(re.split(r"[^A-Za-z0-9._-]", requirement)[0])
                missing |= {f"{one.name} needs {name}"} if name not in there else set()
    unlicensed = [name for name, one in there.items() if name not in TEXT_IN_COPYRIGHT and not licences(libraries, one)]
    if missing or unlicensed:
        raise SystemExit(f"environment: {sorted(missing)}; without a licence's text: {sorted(unlicensed)}")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licences(libraries: Path, library: metadata.Distribution) -> list[Path]:
    """The files of a library's licence."""
    folders = [one for one in libraries.glob("*.dist-info") if plain(one.name).startswith(plain(library.name) + "-")]
    named = re.compile(r"licen[cs]e|copying|notice|authors", re.IGNORECASE)
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and named.search(str(path))]


def interpreter(top: Path) -> None:
    """What `python3 -m venv --without-pip` makes, without a word of where it was made."""
    (top / "bin").mkdir()
    (top / "bin/python").symlink_to(f"/usr/bin/{PYTHON}")
    (top / "bin/python3").symlink_to("python")
    version = ".".join(str(part) for part in sys.version_info[:3])
    (top / "pyvenv.cfg").write_text(f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {version}\n")
    command = top / "bin/roomwatch"
    command.write_text("#!/opt/roomwatch/bin/python\nimport sys\n\nfrom monitor.cli import main\n\nsys.exit(main())\n")
    command.chmod(0o755)


def compile_all(destination: Path, libraries: Path) -> None:
    """Bytecode that is never compared with its source: the service may not write, and nobody edits these files.
    In one process and in the order of names, so that the bytes are the same each time."""
    options = ("--invalidation-mode", "unchecked-hash", "-q", "-s", str(destination), "-p", "/")
    # A library's template of a program is no program: its errors are not ours.
    subprocess.run([sys.executable, "-m", "compileall", *options, str(libraries)], check=False)
    if not list(libraries.glob("monitor/__pycache__/cli.*.pyc")):
        raise SystemExit("environment: no bytecode was written")


def run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
