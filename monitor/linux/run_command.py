"""Runs one command of the system with a deadline and gives its exit code and what it said. No shell."""

from __future__ import annotations

import asyncio

from probes.child.process_end import kill

NOT_THERE = 127
TOO_LATE = 124
"""As a shell and timeout(1) answer."""


async def execute(*command: str, seconds: float = 5.0) -> tuple[int, str]:
    """(exit code, output and error output together). Raises nothing but cancellation."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        return NOT_THERE, f"{command[0]}: {error.strerror or error}"
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate()
    except TimeoutError:
        return TOO_LATE, f"{command[0]} did not end within {seconds:g} s"
    finally:
        if process.returncode is None:
            kill(process)
            await process.wait()
    return process.returncode or 0, out.decode(errors="replace").strip()
