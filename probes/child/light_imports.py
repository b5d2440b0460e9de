"""Imports of a capturing child without the parts that it never calls: they cost a quarter of a look's CPU.

numpy's documentation and annotations, the Python side of OpenCV's package, the search for PortAudio by ``ldconfig``.
For children only: a process that goes on, such as a test run, may want what is left out.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import os
import sys
import types
from collections.abc import Sequence

DOCUMENTATION = ("numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars")
"""They hang docstrings on what is compiled, and do nothing else."""

ANNOTATIONS = "numpy._typing"
"""numpy's own annotations; at run time only names that can be subscripted are asked of it."""

OPENCV = "cv2"
OPENCV_LIBRARY = os.path.join("cv2", "cv2.abi3.so")
"""What the package's own file loads in the end; around it are graphs, types and workarounds for other systems."""

MASKED_ARRAYS = "numpy.ma"
"""np.unique and np.median ask it whether an array is masked, which none is where it was never imported."""

LIBRARY_SEARCH = "ctypes.util"
PORTAUDIO = "libportaudio.so.2"
"""The name that the linker knows, of every PortAudio since 2006."""


class _Annotation:
    def __class_getitem__(cls, item: object) -> type[_Annotation]:
        return cls


class _Light:
    """A finder and a loader of modules that stand in for others."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name == OPENCV:
            return _opencv()
        if name in DOCUMENTATION or name in (ANNOTATIONS, MASKED_ARRAYS, LIBRARY_SEARCH):
            return importlib.machinery.ModuleSpec(name, _Light)  # type: ignore[arg-type]
        return None

    @staticmethod
    def create_module(spec: importlib.machinery.ModuleSpec) -> None:
        return None

    @staticmethod
    def exec_module(module: types.ModuleType) -> None:
        if module.__name__ == ANNOTATIONS:
            module.__dict__["__getattr__"] = _annotation
        elif module.__name__ == MASKED_ARRAYS:
            module.__dict__.update(is_masked=_never, isMaskedArray=_never, __getattr__=_of_real_masked_arrays)
        elif module.__name__ == LIBRARY_SEARCH:
            module.__dict__["find_library"] = _find_library


def leave_out() -> None:
    """From now on. Call before numpy is imported; what is already there stays as it is."""
    sys.meta_path.insert(0, _Light)


def _opencv() -> importlib.machinery.ModuleSpec | None:
    for folder in sys.path:
        library = os.path.join(folder, OPENCV_LIBRARY)
        if os.path.exists(library):
            loader = importlib.machinery.ExtensionFileLoader(OPENCV, library)
            return importlib.machinery.ModuleSpec(OPENCV, loader, origin=library)
    return None  # laid out in another way: the package's own file knows


def _annotation(name: str) -> type[_Annotation]:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Annotation


def _never(array: object) -> bool:
    return False


def _of_real_masked_arrays(name: str) -> object:
    return getattr(_real(MASKED_ARRAYS), name)


def _find_library(name: str) -> str | None:
    if name == "portaudio":
        return PORTAUDIO
    found: str | None = _real(LIBRARY_SEARCH).find_library(name)
    return found


def _real(name: str) -> types.ModuleType:
    """The module itself, from here on; who has the stand-in keeps that."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not _Light]
    del sys.modules[name]
    return importlib.import_module(name)
