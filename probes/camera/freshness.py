"""When a camera's view is due to be taken over afresh: after a day of looks without anything to say. Resident; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CALM_SECONDS = 86_400.0
"""A day and a night, so that whoever sees a change has had the time to say so, and no hour of light stands alone."""

CALM_LOOKS = 12
"""In that time; a camera is looked at every quarter of an hour of work. A room that is in use all day gives fewer."""


@dataclass(slots=True)
class Calm:
    """One camera. since: monotonic seconds of the first calm look in a row; looks: of them."""

    since: float = 0.0
    looks: int = 0

    def due(self, now: float) -> bool:
        return self.looks >= CALM_LOOKS and now - self.since >= CALM_SECONDS

    def take(self, now: float, *, calm: bool, taken_over: bool) -> None:
        """Count a look. calm: a whole picture, healthy by the learned view, nothing in doubt, nothing gathering."""
        if not calm or taken_over:
            self.looks = 0
            return
        self.since = now if self.looks == 0 else self.since
        self.looks += 1


def is_calm(answer: Mapping[str, Any]) -> bool:
    """Whether a look saw the whole view, healthy by the learned one, with nothing in doubt."""
    numbers = answer.get("numbers", {})
    return (
        answer.get("state") == "judged"
        and (answer["label"], answer.get("doubt", ""), answer["reference"]) == ("healthy", "", "used")
        and "in_place_share" in numbers
        and not {"framed_zoom", "view_put_aside"} & set(numbers)
    )
