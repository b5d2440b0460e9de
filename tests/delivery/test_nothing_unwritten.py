"""What is kept of an incident and its messages is written by somebody: a field nobody writes says a thing untrue."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from alerting.journal.rows import Event, Notification
from alerting.model.incident import FaultRecord, Incident, StepRecord
from alerting.model.measures import BackupRun, HelpRequest, NoGo, RemedyRun, SpareRequest

CODE = "\n".join(
    file.read_text()
    for file in (Path(__file__).parents[2] / "alerting").rglob("*.py")
    if "papers" not in file.parts and "audit" not in file.parts
)


@pytest.mark.parametrize(
    "kind",
    [Incident, FaultRecord, StepRecord, RemedyRun, BackupRun, SpareRequest, HelpRequest, NoGo, Event, Notification],
)
def test_each_field_is_written(kind: type[msgspec.Struct]) -> None:
    assert [name for name in kind.__struct_fields__ if not re.search(rf"\b{name}=(?!=)", CODE)] == []
