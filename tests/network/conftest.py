"""One lab for all network tests: namespaces cost a second to make."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.network.lab import Lab


@pytest.fixture(scope="session")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    import os

    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    folder: Path = tmp_path_factory.mktemp("lab")
    made = Lab(folder)
    yield made
    made.close()


@pytest.fixture
def lab(_lab: Lab) -> Iterator[Lab]:
    yield _lab
    _lab.mend()
