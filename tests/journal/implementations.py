"""Every implementation of the journal, each with how a test makes one. A new one is one line in IMPLEMENTATIONS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from alerting.journal import Journal, JournalReader, open_journal, open_reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """open, open_reader: over the same store for the same folder, as often as a test asks."""

    open: Callable[[Path], Journal]
    open_reader: Callable[[Path], JournalReader]


IMPLEMENTATIONS: Mapping[str, Implementation] = {
    "sqlite": Implementation(open=open_journal, open_reader=open_reader),
}
