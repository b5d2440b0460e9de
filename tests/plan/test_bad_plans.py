"""Every bad plan of tests/bad_config gives exactly the messages beside it."""

from pathlib import Path

import pytest

from alerting.configuration import ConfigurationError
from alerting.plan.loading import load_plan

FOLDER = Path(__file__).parents[1] / "bad_config"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("plan_*.toml")), ids=lambda file: file.stem)
def test_a_bad_plan_is_refused_with_every_problem_at_once(file: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_plan(file)
    said = str(caught.value).replace(str(FOLDER) + "/", "")
    assert said + "\n" == file.with_suffix(".txt").read_text(encoding="utf-8")
