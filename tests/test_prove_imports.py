"""The build's proof that nothing which stays in the package imports what was left out of it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).resolve().parent.parent / "packaging"


@pytest.fixture(scope="module")
def prove() -> ModuleType:
    found = importlib.util.spec_from_file_location("prove_imports", PACKAGING / "prove_imports.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("file", "text", "broken"),
    [
        ("library/a.py", "import library.gone", True),
        ("library/a.py", "from library import gone", True),
        ("library/a.py", "from . import gone", True),
        ("library/part/a.py", "from ..gone import thing", True),
        ("library/__init__.py", "from .gone import thing", True),
        ("library/a.py", "if here():\n    import library.gone", True),
        ("library/a.py", "class One:\n    import library.gone", True),
        ("library/a.py", "import library.other", False),
        ("library/a.py", "def later():\n    import library.gone", False),
        ("library/a.py", "try:\n    import library.gone\nexcept ImportError:\n    gone = None", False),
        ("library/a.py", "try:\n    import library.gone\nexcept OSError:\n    gone = None", True),
        ("library/a.py", "if TYPE_CHECKING:\n    import library.gone", False),
        ("library/a.py", "if WINDOWS:\n    import library.gone", False),
        ("probes/a.py", "def later():\n    import library.gone", True),
    ],
)
def test_an_import_of_what_was_left_out_is_found(
    prove: ModuleType, tmp_path: Path, file: str, text: str, broken: bool
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(text)
    assert bool(prove.broken_imports(tmp_path, {"library.gone"})) is broken


def test_modules_are_named_as_they_are_imported(prove: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "one/two").mkdir(parents=True)
    for name in (
        "one/__init__.py",
        "one/two/__init__.py",
        "one/two/three.py",
        "one/fast.cpython-311-x86_64-linux-gnu.so",
    ):
        (tmp_path / name).touch()
    assert prove.modules(tmp_path) == {"one", "one.two", "one.two.three", "one.fast"}


@pytest.mark.parametrize(
    ("part", "gone"),
    [
        ("judge_pictures", "cv2"),
        ("judge_sounds", "numpy.ma"),
        ("read_frames", "scapy.libs.manuf"),
        ("evaluate_script", "dukpy"),
    ],
)
def test_what_a_library_loads_by_a_call_is_missed_at_once(part: str, gone: str) -> None:
    def ends(hidden: str) -> tuple[int, str]:
        program = f"import sys; sys.modules[{hidden!r}] = None; import prove_running; prove_running.{part}()"
        place = {"PYTHONPATH": f"{PACKAGING}:{PACKAGING.parent}", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, "-c", program], env=place, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    assert ends("no.module") == (0, "")
    code, said = ends(gone)
    assert code == 1
    assert gone.rpartition(".")[2] in said
