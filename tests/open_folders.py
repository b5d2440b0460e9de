"""A folder that other users may enter, for tests that become one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_folder() -> Iterator[Path]:
    """Empty at first, deleted at the end. Not below pytest's own folder: every run of pytest closes that to others."""
    with tempfile.TemporaryDirectory(prefix="rw-open-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
