"""The camera's story, lived through once for all tests that read its report."""

import asyncio
from pathlib import Path

import pytest

from alerting.papers.report.case_file import CaseFile
from tests.report.story import camera_story


@pytest.fixture(scope="session")
def camera_case(tmp_path_factory: pytest.TempPathFactory) -> CaseFile:
    folder: Path = tmp_path_factory.mktemp("story")
    return asyncio.run(camera_story(folder))
