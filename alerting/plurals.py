"""One rule for words that go with a number: "{count} {count:?check|checks}" is "1 check" and "2 checks". Pure.

``{name:?one|many}`` stands for the first word where the value is 1, else for the second. The number may be a text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

CHOICE = re.compile(r"\{(\w+):\?([^|{}]*)\|([^{}]*)\}")


def choose(template: str, values: Mapping[str, object]) -> str:
    """The template with each choice made. Raises KeyError for a value that is not given."""
    return template if ":?" not in template else _chosen(template, _ones(template, values))


def _ones(template: str, values: Mapping[str, object]) -> frozenset[str]:
    names = {found[1] for found in CHOICE.finditer(template)}
    return frozenset(name for name in names if str(values[name]) in ("1", "1.0"))


@functools.lru_cache(maxsize=256)
def _chosen(template: str, ones: frozenset[str]) -> str:
    return CHOICE.sub(lambda found: found[2] if found[1] in ones else found[3], template)
