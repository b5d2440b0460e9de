"""What a stranger reads from the tree: few loose modules, one subject a file, one public class a name."""

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("monitor", "probes", "alerting")
SHARED_BY_CONTRACT = frozenset({"Settings", "Limits", "Verdict"})
"""Each probe offers its Settings: the table of probes asks for them. Limits and Verdict are what the judges of
camera and microphone both offer to the bench."""


@pytest.mark.parametrize("package", PACKAGES)
def test_at_most_six_modules_stand_loose(package: str) -> None:
    loose = sorted(file.name for file in (ROOT / package).glob("*.py") if file.name != "__init__.py")
    assert len(loose) <= 6, f"{package}/ has {', '.join(loose)}"


def public_classes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found[node.name].append(str(file.relative_to(ROOT)))
    return found


def test_no_two_public_classes_have_one_name() -> None:
    twice = {name: files for name, files in public_classes().items() if len(files) > 1}
    wrong = [f"{name}: {', '.join(files)}" for name, files in sorted(twice.items()) if name not in SHARED_BY_CONTRACT]
    assert not wrong, "\n".join(wrong)


def test_no_module_is_called_by_a_word_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    assert [str(file.relative_to(ROOT)) for file in files if file.stem in empty] == []


def test_the_resident_side_of_no_probe_imports_numpy() -> None:
    """numpy and OpenCV belong to the capturing children: 20 MiB and more that a room would hold all day."""
    code = (
        "import sys; from monitor.settings import probe_modules; from probes import PROBES; "
        "probe_modules(list(PROBES)); import monitor.user_session.verbs; "
        "from monitor.user_session import ask_windows, open_link, restart_program; "
        "sys.exit(', '.join({'numpy', 'cv2', 'scapy', 'apprise'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
