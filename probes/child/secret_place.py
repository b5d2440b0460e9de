"""Reads a secret from the place that the configuration names. Does not put a value into any message."""

from __future__ import annotations

import os
from collections.abc import Mapping

from probes.why import because


def reveal(place: Mapping[str, str]) -> str:
    """The value at { file = "/path" }, { env = "NAME" } or { credential = "name" }; "" for an empty table.

    Raises LookupError with a Why that names the place.
    """
    for kind, name in place.items():
        if kind == "env":
            if name not in os.environ:
                raise LookupError(because("secret_not_in_environment", name=name))
            return os.environ[name].strip()
        path = name
        if kind == "credential":
            path = os.path.join(os.environ.get("CREDENTIALS_DIRECTORY", "/run/credentials/roomwatch.service"), name)
        try:
            with open(path, encoding="utf-8") as file:
                return file.read().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = because("secret_unreadable", file=path, kind=type(error).__name__)
            raise LookupError(reason) from None
    return ""
