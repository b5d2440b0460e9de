"""Each test of the contract runs once for each implementation of the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.journal import Journal
from tests.journal.implementations import IMPLEMENTATIONS, Implementation


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request: pytest.FixtureRequest) -> Implementation:
    return IMPLEMENTATIONS[request.param]


@pytest.fixture
def journal(implementation: Implementation, tmp_path: Path) -> Iterator[Journal]:
    made = implementation.open(tmp_path)
    yield made
    made.close()
