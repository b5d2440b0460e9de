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

from left_out import FROM_DEBIAN, KEPT, LEFT_OUT
from prove_imports import broken_imports, modules

SOURCE = Path(__file__).resolve().parent.parent
PREFIX = Path("opt/roomwatch")
DEBIAN_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

BUILD_ONLY = frozenset({"editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"})
"""Locked, but only to build our own wheel."""

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
    whole = modules(libraries)
    leave_out(libraries)
    if broken := broken_imports(libraries, whole - modules(libraries)):
        raise SystemExit("environment: left out, and needed:\n" + "\n".join(broken))
    take_from_debian(libraries)
    drop_unneeded(libraries)
    for module in libraries.rglob("*.py"):
        module.chmod(0o644)  # some wheels bring modules that are marked as programs
    strip(libraries)
    prove_complete(libraries)
    interpreter(top)
    run(str(top / "bin/python"), "-B", "-W", "ignore", str(SOURCE / "packaging/prove_running.py"))
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


def take_from_debian(libraries: Path) -> None:
    """In place of a wheel's own copy, a link of the same name to Debian's."""
    for pattern, name in FROM_DEBIAN.items():
        (copy,) = libraries.glob(pattern)
        copy.unlink()
        copy.symlink_to(DEBIAN_LIBRARIES / name)


def drop_unneeded(libraries: Path) -> None:
    """Remove the libraries beside a wheel that nothing loads any more, as only what was left out needed them."""
    loaded = {one.name: one for folder in libraries.glob("*.libs") for one in folder.iterdir()}
    ours = [one for one in libraries.rglob("*.so*") if one.name not in loaded and not one.is_symlink()]
    needed: set[str] = set()
    while ours:
        names = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic(ours.pop()))) & set(loaded) - needed
        needed |= names
        ours += [loaded[name] for name in names if not loaded[name].is_symlink()]
    for name in set(loaded) - needed:
        loaded[name].unlink()


def dynamic(library: Path) -> str:
    """What the library says to the loader."""
    return subprocess.run(["readelf", "-d", str(library)], check=True, capture_output=True, text=True).stdout


def strip(libraries: Path) -> None:
    """Debugging symbols. A wheel's maker may have edited a library so that strip breaks its layout: that one stays.
    Raises SystemExit where a library cannot be loaded, as one that it needs is not there."""
    for library in sorted(one for one in libraries.resolve().rglob("*.so*") if not one.is_symlink()):
        if why := why_not_loaded(library):
            raise SystemExit(f"environment: {why}")
        whole = library.read_bytes()
        run("strip", "--strip-unneeded", "--enable-deterministic-archives", str(library))
        if why_not_loaded(library):
            library.write_bytes(whole)


def why_not_loaded(library: Path) -> str:
    """What the loader has against it; "" for nothing."""
    command = [sys.executable, "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1])", str(library)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return (done.stderr.strip() or f"{library}: exit code {done.returncode}") if done.returncode else ""


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
