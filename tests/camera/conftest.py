"""What several camera tests share: one PipeWire for the module, a sysfs with a camera, a context."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from probes.child.isolate import Isolation
from probes.reading import Context
from tests.camera import pipewire_camera


@pytest.fixture(scope="module")
def pipewire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with pipewire_camera.session(tmp_path_factory.mktemp("pipewire")) as environment:
        yield environment


@pytest.fixture
def add_camera(tmp_path: Path) -> Callable[..., Path]:
    """Puts a camera into the sysfs and /dev of the test; returns the sysfs entry."""

    def add(number: int, *, name: str = "Room Camera", index: int = 0, by_id: str = "") -> Path:
        entry = tmp_path / "sys" / "class" / "video4linux" / f"video{number}"
        entry.mkdir(parents=True)
        (entry / "name").write_text(f"{name}\n")
        (entry / "index").write_text(f"{index}\n")
        if by_id:
            links = tmp_path / "dev" / "v4l" / "by-id"
            links.mkdir(parents=True, exist_ok=True)
            (links / by_id).symlink_to(f"../../video{number}")
        return entry

    return add


@pytest.fixture
def make_context(tmp_path: Path) -> Callable[..., Context]:
    def make(**changes: Any) -> Context:
        facts: dict[str, Any] = {
            "now": time.time,
            "monotonic": time.monotonic,
            "in_meeting": False,
            "sys": tmp_path / "sys",
            "dev": tmp_path / "dev",
            "proc": tmp_path / "proc",
            "state": tmp_path / "state",
            "memory": {"isolation": Isolation()},
        }
        return Context(**{**facts, **changes})

    return make
