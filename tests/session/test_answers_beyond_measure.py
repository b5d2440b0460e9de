"""A session part whose answer Python itself cannot hold counts as one that gave no answer."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from monitor.user_session_client.client import ask
from monitor.user_session_client.protocol import SessionError


@pytest.mark.parametrize(
    "answer", [b"[" * 3000 + b"]" * 500 + b"\n", b'{"a": 1' + b"0" * 400 + b"}\n"], ids=["nested", "number"]
)
async def test_an_answer_beyond_measure_is_unusable(answer: bytes, tmp_path: Path) -> None:
    async def give(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(give, str(tmp_path / "door"))
    async with server:
        with pytest.raises(SessionError, match="unusable"):
            await ask(tmp_path / "door", "x", owner=os.getuid())
