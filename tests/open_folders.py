"""A folder that other users may enter, and becoming one: root may read everything, and proves nothing of modes."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_folder() -> Iterator[Path]:
    """Empty at first, deleted at the end. Not below pytest's own folder: every run of pytest closes that to others."""
    with tempfile.TemporaryDirectory(prefix="rw-open-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


NOBODY = 65534


def as_ordinary_user(work: Callable[[], str]) -> str:
    """What ``work`` gives in a child that is no root: its exception's text where it raises."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            said = work()
        except BaseException:
            said = traceback.format_exc()
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said
