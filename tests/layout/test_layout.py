"""What a stranger reads from the tree: few loose modules, and names that say something."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("monitor", "probes", "alerting")


@pytest.mark.parametrize("package", PACKAGES)
def test_at_most_six_modules_stand_loose(package: str) -> None:
    loose = sorted(file.name for file in (ROOT / package).glob("*.py") if file.name != "__init__.py")
    assert len(loose) <= 6, f"{package}/ has {', '.join(loose)}"


def test_no_module_is_called_by_a_word_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    assert [str(file.relative_to(ROOT)) for file in files if file.stem in empty] == []
