"""Makes a reason of the plan and the journal out of a probe's."""

from __future__ import annotations

from alerting.model.fault import Fact
from alerting.model.reason import Reason, Value
from probes.reading import Fact as Seen
from probes.why import Why


def as_fact(seen: Seen) -> Fact:
    """A reason of a probe as the plan's; everything else as it is."""
    return _reason(seen) if isinstance(seen, Why) else seen


def _reason(why: Why) -> Reason:
    values: dict[str, Value] = {
        name: _reason(value) if isinstance(value, Why) else value for name, value in why.values.items()
    }
    return Reason(why.code, values)
