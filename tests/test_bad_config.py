"""Every bad file has its exact message beside it. To renew after a wanted change: scripts/renew-messages."""

from pathlib import Path

import pytest

from alerting.configuration import ConfigurationError
from monitor.settings import load

FOLDER = Path(__file__).parent / "bad_config"
FILES = sorted(FOLDER.glob("[0-9]*.toml"))


def message_of(file: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    return str(caught.value).replace(str(FOLDER) + "/", "") + "\n"


def test_there_are_at_least_25() -> None:
    assert len(FILES) >= 25


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_bad_file_gets_its_message(file: Path) -> None:
    assert message_of(file) == file.with_suffix(".txt").read_text()
