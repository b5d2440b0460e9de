"""Why something was done or failed: a code and its values. Words are made at the edge, in the reader's language.

The codes are in alerting/model/reason_codes, their words in the catalogues under ``reason.<code>``.
"""

from __future__ import annotations

import msgspec


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """False where there is none. values: by name; what each name holds is said in reason_codes."""

    code: str = ""
    values: dict[str, str | int | float | bool | tuple[str, ...] | Reason] = {}

    def __bool__(self) -> bool:
        return bool(self.code)

    def __hash__(self) -> int:
        return hash(self.code)

    def __str__(self) -> str:
        """For logs and tests: "not_taken(span=300.0, step=technical)"."""
        said = ", ".join(f"{name}={_plain(value)}" for name, value in self.values.items())
        return f"{self.code}({said})" if said else self.code


Value = str | int | float | bool | tuple[str, ...] | Reason


def because(code: str, **values: Value) -> Reason:
    """A reason of the table. A test holds every call against the table."""
    return Reason(code, dict(values))


def said(text: str) -> Reason:
    """What a person wrote; no reason where they wrote nothing."""
    return because("said", text=text) if text else Reason()


def text_of(reason: Reason) -> str:
    """The words of a person, or of an older journal; "" for every other reason."""
    return str(reason.values["text"]) if reason.code in ("said", "as_written") else ""


def _plain(value: Value) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
