"""A real daemon asks before it restarts anything, does it on a person's word, and says what came of it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.end_to_end.test_killed_program import Receiver, Room, receiver

__all__ = ["receiver"]


async def test_a_remedy_waits_for_a_word_and_its_refusal_by_the_machine_is_told(
    tmp_path: Path,
    receiver: Receiver,
) -> None:
    """Nobody is logged in here, or root is: neither session may be touched, and that is what people must read."""
    room = Room(tmp_path, receiver.port)
    plan = tmp_path / "plan.toml"
    remedy = '[remedies.app]\nkind = "restart_application"\nfaults = ["app_not_running"]\nnotice = 0\n'
    plan.write_text(plan.read_text() + remedy)
    room.start_program()
    await room.start()
    try:
        room.kill_program()
        asked = await receiver.wait_for("your word is needed")
        assert "Room 12: Conferencing program conf is not running (restart of conf:" in asked["title"]
        assert re.match(r"To approve: ssh \S+ roomwatch remedy approve 1 --by \w+;", asked["message"])
        approved = room.roomwatch("remedy", "approve", "1", "--by", "Li Wei")
        assert "people are told first" in approved.stdout, approved.stderr
        await receiver.wait_for("restart of conf at")
        failed = await receiver.wait_for("restart of conf failed")
        details = [line for line in failed["message"].splitlines() if line.startswith("Details: ")]
        assert len(details) == 1
        assert "conf" in details[0] or "session" in details[0]
    finally:
        room.end()
