"""Makes frozen structs of tables; every problem at once with file, dotted path, value and remedy."""

from __future__ import annotations

import difflib
import functools
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from alerting.configuration.layers import Layers, Table
from alerting.configuration.problem import UNSAID, ConfigurationError, Problem, may_open
from alerting.configuration.secret import Secret

T = TypeVar("T")


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
        nameless = _nameless(inner, value, path, layers, problems)
        return {
            key: _structure(inner, item, (*path, key), layers, problems)
            for key, item in value.items()
            if key not in nameless
        }
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
                value=UNSAID if _opens(kind) else _show(value),
                message=message,
                remedy=remedy,
            )
        )
        return None


def _nameless(
    kind: Any, value: Mapping[str, Any], path: tuple[str, ...], layers: Layers, problems: list[Problem]
) -> list[str]:
    """Keys of one table of this kind that stand where the tables' names belong; said as one problem."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return []
    known = {one.encode_name for one in msgspec.structs.fields(kind)}
    found = [key for key, item in value.items() if key in known and not isinstance(item, dict)]
    if found:
        problems.append(
            Problem(
                file=layers.origin((*path, found[0])),
                path=".".join(path),
                message=f"holds {', '.join(found)} without a name",
                remedy=f"Write [{'.'.join(path)}.NAME] above, with a name of your choice.",
            )
        )
    return found


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


@functools.cache
def _opens(kind: Any) -> bool:
    """True where a value of this type can hold what opens a door: then one of a wrong type, written at the wrong level,
    may be just that."""
    if kind is Secret:
        return True
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = _hints(kind)
        return any(may_open(one.encode_name) or _opens(hints[one.name]) for one in msgspec.structs.fields(kind))
    return any(_opens(part) for part in typing.get_args(kind) if isinstance(part, type) or typing.get_args(part))


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


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
                value=UNSAID if _opens(kind) else _show(value),
                message="expected a table",
                remedy=f"Write it as [{'.'.join(path)}].",
            )
        )
        return None
    before = len(problems)
    hints = _hints(kind)
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
