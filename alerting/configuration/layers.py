"""Several TOML files as one table, with the file that each value came from."""

from __future__ import annotations

import codecs
import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alerting.configuration.problem import ConfigurationError, Problem

Table = dict[str, Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

DEEPEST = 32
"""Tables and arrays within each other that are read: the product's own go to six, and whoever walks them may
recurse."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Several files as one: ``merged`` values, and for every dotted path the file that had the last word.

    beside: tables that somebody else reads; whoever mistypes one is told of it.
    """

    merged: Table
    origins: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    beside: tuple[str, ...] = ()

    def origin(self, path: Sequence[str]) -> str:
        """The file that set this path, or the nearest table above it."""
        for length in range(len(path), 0, -1):
            found = self.origins.get(tuple(path[:length]))
            if found is not None:
                return found
        return str(self.files[-1]) if self.files else "default"


def overlays(folder: Path) -> tuple[Path, ...]:
    """The folder's TOML files by name; none where there is no such folder. One that cannot be listed stands for its
    files, so that reading it says why: people who stand in one must not vanish."""
    try:
        return tuple(folder / name for name in sorted(os.listdir(folder)) if name.endswith(".toml"))  # noqa: PTH208
    except FileNotFoundError:
        return (folder,) if folder.is_symlink() else ()
    except NotADirectoryError:
        return (folder / "*.toml",)
    except OSError:
        # Where the folder around it is closed too, the file beside it says so.
        return (folder,) if os.access(folder.parent, os.X_OK) else ()


def read_table(file: Path) -> Table:
    """One file as it stands. Raises ConfigurationError with what is wrong with it, and waits for no pipe or device."""
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            os.listdir(file)  # noqa: PTH208 - says so where it may not be read, which is more than that it is a folder
        elif not stat.S_ISREG(mode):
            raise _unreadable(file, "is not a regular file", "Put a file of text there.")
        written = file.read_bytes().removeprefix(codecs.BOM_UTF8)  # which editors of Windows put at the begin
        table = tomllib.loads(written.decode("utf-8"))
    except OSError as error:
        raise _unreadable(file, f"cannot be read ({error.strerror})", "Check the path and mode.") from None
    except UnicodeDecodeError as error:
        raise _unreadable(file, f"is not UTF-8 at byte {error.start}", "Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(file, f"is not TOML: {error}", "Mend that line.") from None
    except ValueError:  # Python turns no text of over 4300 digits into a number
        raise _unreadable(file, "is not TOML: a number has too many digits", "Mend that number.") from None
    except RecursionError:
        raise _unreadable(file, "is not TOML: brackets are nested too deeply", "Mend that line.") from None
    _look_how_deep(table, file)
    if problems := list(_control_characters(table, (), file)):
        raise ConfigurationError(problems)
    return table


def _look_how_deep(table: Table, file: Path) -> None:
    """Raises ConfigurationError beyond DEEPEST. By a list of its own, as Python's stack is what it protects."""
    level: list[Any] = [table]
    for _ in range(DEEPEST):
        inner = [list(one.values()) if isinstance(one, dict) else one for one in level]
        level = [one for values in inner for one in values if isinstance(one, (dict, list))]
    if level:
        raise _unreadable(file, f"holds tables nested more than {DEEPEST} deep", "Mend the longest [a.b.c].")


def _control_characters(value: Any, at: tuple[str, ...], file: Path) -> Iterator[Problem]:
    """A problem for each text that holds one, keys too. No name, path or address has any: the kernel refuses some, a
    terminal obeys others. Only the ends of lines and tabs belong into texts."""
    if isinstance(value, str) and (found := _CONTROL.search(value)):
        message = f"holds the control character U+{ord(found[0]):04X}"
        path = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", ".".join(at))
        yield Problem(file=str(file), path=path, message=message, remedy="Take it out.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _control_characters(key, (*at, key), file)
            yield from _control_characters(inner, (*at, key), file)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _control_characters(inner, (*at, str(number)), file)


def _unreadable(file: Path, message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([Problem(file=str(file), message=message, remedy=remedy)])


def read_layers(files: Sequence[Path]) -> Layers:
    """Read and merge in order: tables merge, everything else (arrays too) is replaced by the later file.

    Raises ConfigurationError with one problem for each file that cannot be read.
    """
    merged: Table = {}
    origins: dict[tuple[str, ...], str] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            table = read_table(file)
        except ConfigurationError as error:
            problems.extend(error.problems)
        else:
            _merge(merged, table, (), str(file), origins)
    if problems:
        raise ConfigurationError(problems)
    return Layers(merged, origins, tuple(files))


def _merge(into: Table, table: Table, at: tuple[str, ...], file: str, origins: dict[tuple[str, ...], str]) -> None:
    for key, value in table.items():
        path = (*at, key)
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value, path, file, origins)
        else:
            _forget(into.get(key), path, origins)
            into[key] = value
            origins[path] = file
            if isinstance(value, dict):
                into[key] = {}
                _merge(into[key], value, path, file, origins)


def _forget(value: Any, at: tuple[str, ...], origins: dict[tuple[str, ...], str]) -> None:
    """Drop the origins of a value that another one replaces, and of all below it."""
    origins.pop(at, None)
    if isinstance(value, dict):
        for key, inner in value.items():
            _forget(inner, (*at, key), origins)
