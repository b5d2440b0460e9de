"""What is known of a reason's code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """values: the names of its values. failure: something did not work, for which a report may ask an improvement."""

    values: tuple[str, ...]
    failure: bool


def news(*values: str) -> ReasonCode:
    return ReasonCode(values, failure=False)


def failure(*values: str) -> ReasonCode:
    return ReasonCode(values, failure=True)
