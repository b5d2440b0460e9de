"""The configuration in force as plain tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from alerting.configuration.secret import Secret


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
