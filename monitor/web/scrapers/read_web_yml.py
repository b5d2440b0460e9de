"""Reads a web.yml. It shows no hash and no password in what it says of a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from alerting.configuration import ConfigurationError, Layers, Problem, structure
from monitor.web.scrapers.bcrypt_hash import MOST_COST, well_formed
from monitor.web.scrapers.web_yml import WebConfig

MOST_BYTES = 1 << 20
"""The most bytes of the file: a thousand users are 100 kB."""


class _Loader(yaml.SafeLoader):
    """Keys are texts as they are written, and each stands once."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.YAMLError(f"line {line}: a key is no text")
        if key.value in found:
            raise yaml.YAMLError(f'line {line}: the key "{key.value}" stands twice')
        found[key.value] = loader.construct_object(value, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(file: Path) -> WebConfig:
    """Raises ConfigurationError with every problem: file, key, and what to do; it shows no hash and no password."""
    table = _without_empty(_table(file))
    for name in ("tls_server_config", "http_server_config"):
        if name in table:
            table[name] = _without_empty(table[name])
    problems = [
        Problem(file=str(file), path=name, message="expected keys", remedy="Write them below it, indented.")
        for name, value in table.items()
        if not isinstance(value, dict) and value and name in WebConfig.__struct_fields__
    ]
    if problems:
        raise ConfigurationError(problems)
    problems = _wrong_users(file, table)
    if problems:
        table.pop("basic_auth_users")
    try:
        found = structure(WebConfig, Layers(table, files=(file,)))
    except ConfigurationError as error:
        problems += error.problems
    else:
        if not problems and found.tls_server_config is None and not found.basic_auth_users:
            message, remedy = "asks for no TLS and for no password", 'Set metrics.web_config = "" if that is meant.'
            problems.append(Problem(file=str(file), message=message, remedy=remedy))
    if problems:
        raise ConfigurationError(problems)
    return found


def _table(file: Path) -> dict[str, Any]:
    try:
        if not file.is_file():
            raise _refused(file, "is not there, or is no regular file", "Check metrics.web_config.")
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise _refused(file, "is over 1 MiB", "Write a web.yml of exporter-toolkit.")
        table = yaml.load(raw.decode(), _Loader)
    except OSError as error:
        raise _refused(file, f"cannot be read ({error.strerror})", "Check the path and mode.") from None
    except UnicodeDecodeError as error:
        raise _refused(file, f"is not UTF-8 at byte {error.start}", "Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:  # its text may quote a line, and that line may hold a password
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        raise _refused(file, f"is not YAML{line}", "Mend that line.") from None
    except yaml.YAMLError as error:
        text = str(error) if str(error).startswith("line ") else "it holds a character that YAML does not allow"
        raise _refused(file, f"is not YAML: {text}", "Mend that line.") from None
    except (ValueError, RecursionError):
        raise _refused(file, "is not YAML: a value cannot be read", "Mend that value.") from None
    if not isinstance(table, dict):
        raise _refused(file, "holds no keys", "Write tls_server_config or basic_auth_users.")
    return table


def _without_empty(value: Any) -> Any:
    """A key with nothing behind it says nothing; among the users it is a wrong hash, and stays."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item is not None or key == "basic_auth_users"}


def _wrong_users(file: Path, table: Mapping[str, Any]) -> list[Problem]:
    if "basic_auth_users" not in table:
        return []
    users = table["basic_auth_users"]
    if not users:  # whoever wrote the key wants passwords
        remedy = "Write a name and a bcrypt hash below it, or leave it out."
        return [Problem(file=str(file), path="basic_auth_users", message="names nobody", remedy=remedy)]
    if not isinstance(users, Mapping):
        return []
    remedy = f"Write what `htpasswd -nBC 10 NAME` prints behind the colon; a cost of {MOST_COST} is the most."
    return [
        Problem(file=str(file), path=f"basic_auth_users.{name}", message="is no bcrypt hash", remedy=remedy)
        for name, written in users.items()
        if not (isinstance(written, str) and well_formed(written))
    ]


def _refused(file: Path, message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([Problem(file=str(file), message=message, remedy=remedy)])
