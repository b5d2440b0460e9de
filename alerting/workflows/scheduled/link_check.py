"""Opens a backup's join link in a child process and says whether it answers. Does not join anything.

`python -m alerting.workflows.scheduled.link_check URL` prints one line of JSON; httpx and its certificates
live and die there.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from alerting.child.last_words import in_brackets
from alerting.child.process_end import kill
from alerting.model.reason import Reason, because

log = logging.getLogger(__name__)

LIMIT = 60.0
"""Seconds for the whole child: two tries of 15 s with their pause, and its start on a loaded machine."""
TRY = 15.0
PAUSE = 5.0
"""Seconds between two tries: one lost connection must not call people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOutcome:
    """detail: the status, or why there was none."""

    ok: bool
    detail: Reason = Reason()


def can_check(link: str) -> bool:
    """True for links that a machine can open without joining: the web's."""
    return urlsplit(link).scheme in ("http", "https")


async def check_link(link: str) -> LinkOutcome:
    """Ask in a child of its own; never raises, never waits longer than LIMIT."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "alerting.workflows.scheduled.link_check",
        link,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT):
            out, complaint = await child.communicate()
        return msgspec.json.decode(out, type=LinkOutcome)
    except TimeoutError:
        return LinkOutcome(ok=False, detail=because("no_answer_within", span=LIMIT))
    except msgspec.MsgspecError:
        log.warning("the check of a link ended with code %s%s", child.returncode, in_brackets(complaint))
        return LinkOutcome(ok=False, detail=because("check_broke_off"))
    finally:
        if child.returncode is None:
            kill(child)
            await child.wait()


def _ask(link: str) -> LinkOutcome:
    """One try. A page that wants a sign-in exists; one that is gone, or a server's own error, does not serve."""
    import httpx

    try:
        with httpx.stream("GET", link, timeout=TRY, follow_redirects=True) as answer:
            good = answer.status_code < 400 or answer.status_code in (401, 403, 405)
            return LinkOutcome(
                ok=good, detail=because("link_answers" if good else "http_status", status=answer.status_code)
            )
    except httpx.TimeoutException:
        return LinkOutcome(ok=False, detail=because("no_answer_within", span=TRY))
    except httpx.HTTPError as error:
        return LinkOutcome(ok=False, detail=because("no_connection", detail=(str(error) or type(error).__name__)[:200]))
    except (httpx.InvalidURL, ValueError) as error:
        return LinkOutcome(ok=False, detail=because("link_malformed", detail=str(error)[:200]))


def main() -> None:
    import time

    outcome = _ask(sys.argv[1])
    if not outcome.ok:
        time.sleep(PAUSE)
        outcome = _ask(sys.argv[1])
    print(msgspec.json.encode(outcome).decode())


if __name__ == "__main__":
    main()
