"""Why something was found or could not be measured: a code and its values.

Apart from the readings: capturing children say why, and pay for each import again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Why:
    """Why something was found or could not be measured: a code and its values. Words are made at the edge, in the
    reader's language, from the catalogues' table ``why``.

    values: by name; "fault" holds a fault's code, "detail" a text of the system or of a server as it wrote it.
    """

    code: str
    values: Mapping[str, str | int | float | Why] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.code)

    def __str__(self) -> str:
        """For logs and tests: "no_interface(name=eth7)"."""
        said = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code}({said})" if said else self.code


def because(code: str, **values: str | int | float | Why) -> Why:
    """A reason of the table. A test holds every call against the catalogues."""
    return Why(code, values)


def all_of(reasons: Sequence[Why]) -> Why:
    """Several reasons, at least one, as one."""
    *before, last = reasons
    for one in reversed(before):
        last = because("and_also", first=one, then=last)
    return last


def to_do(code: str, **values: str | int | float) -> Why:
    """What to type or change against a hindrance: a code of the catalogues' table ``to_do``, and its values."""
    return Why(code, values)


def why_in(answer: object) -> Why | None:
    """The reason that a child gave, as it comes through JSON: {"code": …, "values": …}; None for anything else."""
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), str):
        return None
    values = answer.get("values")
    pairs = values.items() if isinstance(values, dict) else ()
    return Why(answer["code"], {str(name): why_in(value) or value for name, value in pairs})
