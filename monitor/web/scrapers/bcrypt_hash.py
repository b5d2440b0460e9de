"""bcrypt in its usual text form, "$2y$10$…". ``matches`` blocks, and lets other threads run meanwhile."""

from __future__ import annotations

import re

MOST_COST = 15
"""Each step doubles the time: 15 takes two seconds of a room PC's processor, and it has a meeting to carry."""
MOST_PASSWORD_BYTES = 72
"""bcrypt looks at no more of a password."""
SHAPE = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")


def well_formed(written: str) -> bool:
    """Whether a hash is one that ``matches`` can work with."""
    found = SHAPE.fullmatch(written)
    return found is not None and 4 <= int(found[1]) <= MOST_COST


def matches(password: bytes, written: str) -> bool:
    """Whether it is the password of this hash."""
    import bcrypt

    try:
        return bcrypt.checkpw(password[:MOST_PASSWORD_BYTES], written.encode())
    except ValueError:  # a NUL byte is in no password
        return False
