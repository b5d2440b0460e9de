"""Hashes of passwords that cost a fifth of the usual work. What a real one costs and matches, test_sign_in.py tries."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


def cheap_hash(password: str) -> str:
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=1, lanes=1, memory_cost=64)
    return kdf.derive_phc_encoded(password.encode())
