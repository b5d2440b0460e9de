"""A quarter, lived through once for all tests that evaluate it."""

import asyncio
from pathlib import Path

import pytest

from alerting.papers.review.period import Period
from tests.review.quarter import quarter


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quarter")


@pytest.fixture(scope="session")
def period(folder: Path) -> Period:
    return asyncio.run(quarter(folder))
