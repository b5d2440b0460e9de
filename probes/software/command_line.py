"""What a process is by its command line: its file, or what an interpreter or a runtime runs in it. Pure.

The kernel's name of a process is cut after 15 bytes, and a script bears its own name there while its interpreter runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COMM_BYTES = 15
"""The kernel cuts a process's name there (TASK_COMM_LEN is 16 with the final zero)."""

INTERPRETERS = re.compile(
    r"(ba|da|z|k|mk|a|fi)?sh|busybox|(python|pypy|perl|ruby|php|lua|node|nodejs|tclsh|wish)[0-9.]*|env"
)
ELECTRON = re.compile(r"electron[0-9]*")
"""One Electron for several programs, as some distributions have it: its first argument is the program."""

LOADERS = re.compile(r"ld(-linux|-musl|64)?[-.\w]{0,60}\.so[.0-9]*|box(64|86)|qemu-[a-z0-9_]+(-static)?|FEXInterpreter")
"""What starts a compiled program that stands in its arguments: a C library's own loader, which some vendors bring
along, and emulators of another processor."""
WITH_VALUE = frozenset(
    {"--library-path", "--argv0", "--preload", "--inhibit-rpath", "--audit", "-L", "-E", "-0", "-cpu"}
)
"""Their options that take the next argument."""

NO_PROGRAM = frozenset({"app.asar", "app", "resources", "main.js", "index.js", "dist", "build"})
"""Names inside an Electron program's folder: the folder above them bears the program's name."""

APP_RUN = "AppRun"
_MOUNT = re.compile(r"/\.mount_([^/]{1,6})")
"""An AppImage is mounted under the first six bytes of its file's name and six more at random."""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """path: the first argument. file: its last part. text: all arguments in one line.

    runs: what is run by an interpreter, a loader, a shared Electron or out of an AppImage; "" for a program of its own.
    script: an interpreter runs it. whole: the program file's name, where the kernel's may be cut and the first argument
    is another.
    """

    path: str
    file: str
    text: str
    runs: str = ""
    script: bool = False
    whole: str = ""


def read_command_line(raw: bytes, name: str) -> CommandLine:
    """raw: /proc/PID/cmdline. name: the kernel's name of the process."""
    arguments = [printable(one) for one in raw.rstrip(b"\0").split(b"\0")]
    path = arguments[0]
    file = _last(path)
    text = printable(raw.replace(b"\0", b" ").strip())
    if INTERPRETERS.fullmatch(file) and cut(file) != name:
        script = next((_last(one) for one in arguments[1:4] if cut(_last(one)) == name), "")
        return CommandLine(path, file, text, script, bool(script))
    if LOADERS.fullmatch(file):
        return CommandLine(path, file, text, _last(_first(arguments[1:], WITH_VALUE)))
    if ELECTRON.fullmatch(file):
        return CommandLine(path, file, text, _electron_program(arguments[1:]))
    if file == APP_RUN and (mount := _MOUNT.search(path)):
        return CommandLine(path, file, text, mount[1].partition(".")[0].lower())
    return CommandLine(path, file, text)


def cut(name: str) -> str:
    """As the kernel keeps a name: 15 bytes, which may end within a letter."""
    return name.encode(errors="replace")[:COMM_BYTES].decode(errors="replace")


def printable(raw: bytes) -> str:
    """Names may hold any byte: what is no UTF-8 and every control character becomes a replacement character."""
    text = raw.decode(errors="replace")
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _last(path: str) -> str:
    """The last part of a path; of Wine's programs too, whose paths are those of Windows."""
    return path.rpartition("/")[2].rpartition("\\")[2]


def _first(arguments: list[str], with_value: frozenset[str] = frozenset()) -> str:
    """The first argument that is no option and no option's value; "" for none."""
    before = ""
    for one in arguments:
        if not one.startswith("-") and before not in with_value:
            return one
        before = one
    return ""


def _electron_program(arguments: list[str]) -> str:
    place = _first(arguments)
    for part in reversed(place.rstrip("/").split("/")):
        if part not in NO_PROGRAM:
            return part.removesuffix(".asar")
    return ""
