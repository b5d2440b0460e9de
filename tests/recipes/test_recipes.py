"""The recipes of CONTRIBUTING.md do what they say, and what a reader forgets is named by a failing test."""

import json
import shutil
from pathlib import Path

import pytest

from tests.recipes.tree import copy_of_the_tree, follow, recipe, run

GUARDS = ("tests/test_words.py", "tests/test_shipped_configuration.py", "tests/docs/test_docs.py", "-k", "not link")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_of_the_tree(tmp_path)


@pytest.mark.long
def test_a_new_probe_is_a_package_and_lines_in_tables(tree: Path) -> None:
    for step in recipe("A new probe"):
        follow(tree, step)
    assert run(tree, "scripts/reference.py").returncode == 0
    guarded = run(tree, "-m", "pytest", "-q", "-x", *GUARDS)
    assert guarded.returncode == 0, guarded.stdout
    looked = run(tree, "-m", "monitor.cli", "probe", "projector", "--json", "--config", str(tree / "config"))
    assert looked.returncode == 0, looked.stderr
    assert "projector" in json.dumps(json.loads(looked.stdout))
    assert "`probes.projector.warm_seconds`" in (tree / "docs/configuration.md").read_text()
    assert "`projector_slow`" in (tree / "docs/faults.md").read_text()


@pytest.mark.long
@pytest.mark.parametrize(
    ("forgotten", "guard", "named"),
    [
        ("config/messages/zh-CN/projector.toml", "tests/test_words.py", "fault.projector_slow.act"),
        ("config/roomwatch.toml", "tests/test_shipped_configuration.py", "schedule.projector"),
        ("docs", "tests/docs/test_docs.py", "run python scripts/reference.py"),
    ],
)
def test_what_a_new_probe_lacks_is_named(tree: Path, forgotten: str, guard: str, named: str) -> None:
    for step in recipe("A new probe"):
        if step.path != forgotten:
            follow(tree, step)
    guarded = run(tree, "-m", "pytest", "-q", guard)
    assert guarded.returncode == 1
    assert named in guarded.stdout


@pytest.mark.long
def test_a_new_language_is_a_folder_and_a_line(tree: Path) -> None:
    german = tree / "config/messages/de"
    shutil.copytree(tree / "config/messages/en", german)
    speaker = german / "speaker.toml"
    speaker.write_text(speaker.read_text().replace("Speaker is muted", "Lautsprecher ist stumm"))
    (step,) = recipe("A new language")
    follow(tree, step)
    guarded = run(tree, "-m", "pytest", "-q", "-x", "tests/test_words.py")
    assert guarded.returncode == 0, guarded.stdout
    (tree / "german.toml").write_text('[room]\nlanguage = "de"\n')
    assert run(tree, "-m", "monitor.cli", "check", "--config", str(tree / "german.toml")).returncode == 0
    title = "from alerting.words import load_words; print(load_words('de').text('fault.speaker_muted.title'))"
    assert run(tree, "-c", title).stdout.strip() == "Lautsprecher ist stumm"
    asked = "import msgspec, monitor.api.documents as d; print(msgspec.convert({'lang': 'de'}, d.LanguageQuery).lang)"
    assert run(tree, "-c", asked).stdout.strip() == "de"
    annotation = "from alerting.alertmanager.alerts import SUMMARIES; print(SUMMARIES['de'])"
    assert run(tree, "-c", annotation).stdout.strip() == "summary_de"
    rendered = run(tree, "-m", "monitor.cli", "plan", "render", "--language", "de", "--to", str(tree / "made"))
    assert rendered.returncode == 0, rendered.stderr


def test_a_text_that_a_new_language_lacks_is_named(tree: Path) -> None:
    german = tree / "config/messages/de"
    shutil.copytree(tree / "config/messages/en", german)
    speaker = german / "speaker.toml"
    speaker.write_text(speaker.read_text().partition("[fault.speaker_wrong_default]")[0])
    (step,) = recipe("A new language")
    follow(tree, step)
    guarded = run(tree, "-m", "pytest", "-q", "tests/test_words.py")
    assert guarded.returncode == 1
    assert "config/messages/de/ lacks fault.speaker_wrong_default.act" in guarded.stdout
