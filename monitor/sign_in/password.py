"""Argon2id in its standard text form, "$argon2id$v=19$m=…". Blocks, and takes 64 MiB: never in the daemon itself."""

from __future__ import annotations

import os
import re

MEMORY_KIB, ITERATIONS, LANES = 65536, 3, 4
"""The second recommendation of RFC 9106, for machines without 2 GiB to spare: half a second of one busy core."""
MOST_MEMORY_KIB, MOST_ITERATIONS = 1 << 20, 20
"""A hash that asks for more was not made for this: it would take a room's PC from its meeting."""
LONGEST = 256
"""Characters of a password: a long sentence. Hashing more only costs time."""
SHORTEST = 10
"""Characters of a new one: guessing is slow behind the lock-out, so that length need not do all."""
SHAPE = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,172}"
)


def well_formed(written: str) -> bool:
    """Whether a hash is one that ``matches`` can work with."""
    found = SHAPE.fullmatch(written)
    return found is not None and int(found[1]) <= MOST_MEMORY_KIB and int(found[2]) <= MOST_ITERATIONS


def make(password: str) -> str:
    """The hash of a new password, with a salt of its own."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB)
    return kdf.derive_phc_encoded(password.encode())


def matches(password: str, written: str) -> bool:
    """Whether it is the password of this hash. A hash that is not well-formed matches none."""
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    if not well_formed(written):
        return False
    try:
        Argon2id.verify_phc_encoded(password.encode(), written)
    except InvalidKey:
        return False
    return True
