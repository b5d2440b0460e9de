"""What a child process loads: each look pays for its imports again, on a room's PC some hundred times a day."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OF_THE_DAEMON = frozenset(
    ("alerting", "aiohttp", "apprise", "asyncio", "fastapi", "httpx", "jinja2", "monitor", "msgspec", "requests",
     "sqlite3", "starlette", "uvicorn")
)  # fmt: skip
"""What the resident side stands on. A look at a camera costs some 0.2 s of CPU; msgspec alone is a tenth of it."""

CHILDREN = sorted(
    {
        place
        for package in ("probes", "monitor")
        for file in (ROOT / package).rglob("*.py")
        for place in re.findall(r'"(probes\.[a-z_.0-9]+):[a-z_]+"', file.read_text())
    }
)
"""The module of each function that is run in a child: they are named by a string "package.module:function"."""

LOADED = """
import json, sys
from probes.child.isolated import _import_alone
module = _import_alone(sys.argv[1])
getattr(module, "prepare", lambda: None)()
print(json.dumps(sorted(sys.modules)))
"""


@cache
def loaded(place: str) -> set[str]:
    said = subprocess.run(
        [sys.executable, "-c", LOADED, place], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(said.stdout))


def test_all_children_are_found() -> None:
    assert {"probes.camera.capture", "probes.microphone.capture", "probes.acoustic.capture"} <= set(CHILDREN)


@pytest.mark.parametrize("place", CHILDREN)
def test_a_child_loads_nothing_of_the_daemon(place: str) -> None:
    found = loaded(place)
    assert place in found
    assert {one.split(".")[0] for one in found} & OF_THE_DAEMON == set()


@pytest.mark.parametrize("place", [one for one in CHILDREN if one.endswith(".capture")])
def test_a_capturing_child_does_without_the_seam_to_the_monitor(place: str) -> None:
    found = loaded(place)
    assert "probes.why" in found
    assert "probes.reading" not in found
