"""What a capturing child leaves out of its imports, each in a process of its own: the rest has to work as ever."""

import subprocess
import sys

import pytest

LIGHT = "import sys\nfrom probes.child import light_imports\nlight_imports.leave_out()\n"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", LIGHT + code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_numpy_and_opencv_compute_as_ever_without_documentation_and_python_around() -> None:
    code = """
import numpy as np
import cv2
assert not np.arange.__doc__, "documented all the same: nothing was left out"
assert "cv2.typing" not in sys.modules
picture = np.zeros((8, 8, 3), np.uint8)
assert cv2.resize(picture, (4, 4), interpolation=cv2.INTER_AREA).shape == (4, 4, 3)
try:
    cv2.resize(picture, (0, 0))
except cv2.error:
    pass
assert cv2.VideoCapture("/nonexistent", cv2.CAP_FFMPEG).isOpened() is False
assert np.unique([2, 1, 2]).tolist() == [1, 2]
assert np.median([3.0, 1.0, 2.0]) == np.percentile([1.0, 2.0, 3.0], 50) == 2.0
assert "numpy.ma.core" not in sys.modules
values = np.linalg.svd(np.diag([3.0, 2.0, 1.0])).S
print(np.percentile(np.abs(np.fft.rfft(np.ones(8))), 100), values.round(6).tolist())
"""
    assert run(code) == "8.0 [3.0, 2.0, 1.0]"


def test_masked_arrays_are_there_for_who_wants_them() -> None:
    assert run("import numpy as np\nprint(np.ma.array([1, 2], mask=[0, 1]).sum())") == "1"


def test_portaudio_is_opened_by_its_name_and_other_libraries_are_searched_for() -> None:
    code = """
import sounddevice
assert "subprocess" not in sys.modules
from ctypes.util import find_library
print(find_library("c"), len(sounddevice.query_hostapis()) > 0)
import ctypes.util
assert ctypes.util.find_library("no-such-library") is None
"""
    assert run(code) == "libc.so.6 True"


@pytest.mark.parametrize("layout", ["nothing", "another"])
def test_an_opencv_that_is_laid_out_in_another_way_is_imported_by_its_own_file(layout: str) -> None:
    code = f"""
import os, tempfile
folder = tempfile.mkdtemp()
if {layout == "another"}:
    os.makedirs(os.path.join(folder, "cv2"))
    with open(os.path.join(folder, "cv2", "__init__.py"), "w") as file:
        file.write("own = True")
sys.path[:] = [folder]
print(light_imports._opencv())
if {layout == "another"}:
    import cv2
    assert cv2.own
"""
    assert run(code) == "None"
