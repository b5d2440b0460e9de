"""Reads TOML strictly: layers merged, every problem at once with file, dotted path, value and remedy.

Owns reading, merging and secrets.
"""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
Table = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one file. path is dotted, value is what stands there, remedy what to do."""

    file: str
    path: str = ""
    value: str = ""
    message: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        found = f" = {self.value}" if self.value else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{found}: {self.message}.{remedy}"


class ConfigurationError(Exception):
    """A configuration that cannot be used; ``problems`` holds all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SecretUnreadable(LookupError):
    """A secret that cannot be read. place: what the text says, for whoever has words of their own: "env NAME"."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


INLINE = "written in the file"
"""Where a secret comes from that is no name of another place."""


class Secret:
    """A value that is never printed: literal, or read from a file, the environment or a systemd credential.

    Read when it is revealed, so that a renewed credential is used without a restart.
    """

    __slots__ = ("_kind", "_place")

    def __init__(self, kind: str, place: str) -> None:
        self._kind = kind
        self._place = place

    def __repr__(self) -> str:
        return "Secret(literal)" if self._kind == "literal" else f"Secret({self._kind} {self._place})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._kind, self._place) == (other._kind, other._place)

    def __hash__(self) -> int:
        return hash((self._kind, self._place))

    @property
    def origin(self) -> str:
        """Where the value comes from, safe to print."""
        return INLINE if self._kind == "literal" else f"{self._kind} {self._place}"

    def reveal(self) -> str:
        """The value itself. Raises SecretUnreadable with a sentence that names the place, never the value."""
        if self._kind == "literal":
            return self._place
        if self._kind == "env":
            value = os.environ.get(self._place)
            if value is None:
                raise SecretUnreadable(self.origin, f"the environment has no {self._place}")
            return value.strip()
        path = Path(self._place)
        if self._kind == "credential":
            folder = os.environ.get("CREDENTIALS_DIRECTORY")
            if folder is None:
                raise SecretUnreadable(
                    self.origin, f"no credential {self._place}: not started by systemd with LoadCredential="
                )
            path = Path(folder) / self._place
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SecretUnreadable(
                self.origin, f"cannot read the secret {self.origin}: {error.__class__.__name__}"
            ) from None


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


def read_table(file: Path) -> Table:
    """One file as it stands. Raises ConfigurationError with what is wrong with it, and waits for no pipe or device."""
    try:
        if not file.is_dir() and not stat.S_ISREG(file.stat().st_mode):
            raise _unreadable(file, "is not a regular file", "Put a file of text there.")
        return tomllib.loads(file.read_bytes().decode("utf-8"))
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
            into[key] = value
            for old in [known for known in origins if known[: len(path)] == path]:
                del origins[old]
            origins[path] = file
            if isinstance(value, dict):
                into[key] = {}
                _merge(into[key], value, path, file, origins)


def structure(kind: type[T], layers: Layers, at: Sequence[str] = ()) -> T:
    """Make a frozen struct of the table at the dotted place ``at``. Raises ConfigurationError with all problems."""
    table: Any = layers.merged
    for part in at:
        table = table.get(part, {}) if isinstance(table, dict) else {}
    problems: list[Problem] = []
    value = _structure(kind, table, tuple(at), layers, problems)
    if problems:
        raise ConfigurationError(problems)
    return typing.cast(T, value)


_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "array": "an array",
    "object": "a table",
    "null": "nothing",
}


def _plain(message: str) -> str:
    """msgspec's sentence in the words of somebody who writes TOML; its own path is left off (ours is whole)."""
    message = message.partition(" - at `")[0]
    for name, word in _WORDS.items():
        message = message.replace(f"`{name}`", word)
    message = message.replace(" | ", " or ").replace("`", "")
    return message[:1].lower() + message[1:]


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _structure(kind: Any, value: Any, path: tuple[str, ...], layers: Layers, problems: list[Problem]) -> Any:
    origin = typing.get_origin(kind)
    if kind is Secret:
        return _secret(value, path, layers, problems)
    if origin in (types.UnionType, typing.Union) and _deep(kind):
        return _union(kind, value, path, layers, problems)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(kind, value, path, layers, problems)
    if origin in (dict, Mapping) and isinstance(value, dict):
        inner = typing.get_args(kind)[1]
        return {key: _structure(inner, item, (*path, key), layers, problems) for key, item in value.items()}
    if origin in (tuple, list) and _deep(typing.get_args(kind)[0]) and isinstance(value, list):
        inner = typing.get_args(kind)[0]
        items = [_structure(inner, item, (*path, str(n)), layers, problems) for n, item in enumerate(value)]
        return tuple(items) if origin is tuple else items
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        message, remedy = _explain(kind, str(error))
        problems.append(
            Problem(
                file=layers.origin(path),
                path=".".join(path),
                value="…" if path[-1:] == ("password",) else _show(value),
                message=message,
                remedy=remedy,
            )
        )
        return None


def _explain(kind: Any, error: str) -> tuple[str, str]:
    """Message and remedy: the allowed words of a choice, the description of a pattern, else msgspec's sentence."""
    options = _options(kind)
    if options and "enum" in error:
        return "is not one of the choices", f"Write one of {', '.join(_show(one) for one in options)}."
    described = _description(kind)
    if described and "regex" in error:
        return f"is not {described[0]}", f"Write it like {described[1]}."
    return _plain(error), ""


def _options(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)
    return tuple(option for part in typing.get_args(kind) if part is not Ellipsis for option in _options(part))


def _description(kind: Any) -> tuple[str, str] | None:
    """(what it is, an example) from msgspec.Meta, wherever in the type it stands."""
    for part in typing.get_args(kind):
        if isinstance(part, msgspec.Meta) and part.description and part.examples:
            return part.description, _show(part.examples[0])
        found = _description(part) if part is not Ellipsis else None
        if found:
            return found
    return None


def _deep(kind: Any) -> bool:
    """True where the type holds structs or secrets, which are walked here so that all problems are found."""
    if kind is Secret:
        return True
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return True
    return any(_deep(part) for part in typing.get_args(kind) if part is not Ellipsis)


def _union(kind: Any, value: Any, path: tuple[str, ...], layers: Layers, problems: list[Problem]) -> Any:
    parts = typing.get_args(kind)
    if isinstance(value, dict):
        deep = [part for part in parts if _deep(part)]
        if deep:
            return _structure(deep[0], value, path, layers, problems)
    if Secret in parts and isinstance(value, str):
        return _secret(value, path, layers, problems)
    flat = tuple(part for part in parts if not _deep(part))
    if not flat:
        return _structure(parts[0], value, path, layers, problems)
    return _structure(typing.Union[flat] if len(flat) > 1 else flat[0], value, path, layers, problems)  # noqa: UP007


def _secret(value: Any, path: tuple[str, ...], layers: Layers, problems: list[Problem]) -> Secret | None:
    if isinstance(value, str):
        return Secret("literal", value)
    if isinstance(value, dict) and len(value) == 1:
        ((kind, place),) = value.items()
        if kind in ("file", "env", "credential") and isinstance(place, str) and place:
            return Secret(kind, place)
    problems.append(
        Problem(
            file=layers.origin(path),
            path=".".join(path),
            message="is not a secret",
            remedy='Write { file = "/path" }, { env = "NAME" } or { credential = "name" }.',
        )
    )
    return None


def _struct(kind: Any, value: Any, path: tuple[str, ...], layers: Layers, problems: list[Problem]) -> Any:
    if not isinstance(value, dict):
        problems.append(
            Problem(
                file=layers.origin(path),
                path=".".join(path),
                value=_show(value),
                message="expected a table",
                remedy=f"Write it as [{'.'.join(path)}].",
            )
        )
        return None
    before = len(problems)
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = {item.encode_name: item for item in msgspec.structs.fields(kind)}
    for key in value:
        if key not in fields:
            there = sorted({*fields, *(layers.beside if not path else ())})
            near = difflib.get_close_matches(key, there, n=1)
            known = ", ".join(there)
            remedy = f'Did you mean "{near[0]}"?' if near else f"Known here: {known}."
            where = (*path, key)
            problems.append(
                Problem(file=layers.origin(where), path=".".join(where), message="unknown key", remedy=remedy)
            )
    made: Table = {}
    for name, item in fields.items():
        if name in value:
            made[item.name] = _structure(hints[item.name], value[name], (*path, name), layers, problems)
        elif item.required:
            where = (*path, name)
            problems.append(
                Problem(
                    file=layers.origin(path), path=".".join(where), message="is missing", remedy="It has no default."
                )
            )
    if len(problems) > before:
        return None
    try:
        return kind(**made)
    except ValueError as error:
        problems.extend(  # a struct that finds several wrong raises them as several arguments
            Problem(file=layers.origin(path), path=".".join(path), message=str(one).rstrip(".")) for one in error.args
        )
        return None


def effective(value: Any) -> Any:
    """The structured configuration as plain tables, defaults filled in and secrets named but not shown."""
    if isinstance(value, Secret):
        return f"<secret: {value.origin}>"
    if isinstance(value, msgspec.Struct):
        return {item.encode_name: effective(getattr(value, item.name)) for item in msgspec.structs.fields(type(value))}
    if isinstance(value, Mapping):
        return {str(key): effective(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, frozenset, set)):
        return [effective(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
