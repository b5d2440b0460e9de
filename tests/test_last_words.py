"""Why a child ended, out of what it wrote last."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from alerting.child.last_words import KEPT_BYTES, LastWords, why_ended
from alerting.inbound.child_protocol import Job
from alerting.workflows.scheduled.link_check import check_link
from tests.inbound.listening import listening

BREAKS = "def deeper():\n    raise {}\ndeeper()\n"


def written_by(program: str) -> bytes:
    return subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE, check=False).stderr


def test_it_is_the_kind_of_the_last_error_and_its_place() -> None:
    assert why_ended(written_by(BREAKS.format("KeyError('secret')"))) == "KeyError at <string>:2"
    assert why_ended(written_by("import json; json.loads('secret')")).startswith("json.decoder.JSONDecodeError at /")
    assert why_ended(written_by("raise SystemExit('no memory')")) == ""


@pytest.mark.parametrize("message", ["secret", "first\nsecret", "\nsecret: x\n", "a\n  File b\nsecret"])
def test_no_word_of_its_message_is_told(message: str) -> None:
    assert why_ended(written_by(BREAKS.format(f"ValueError({message!r})"))) == "ValueError at <string>:2"


async def test_who_writes_much_does_not_wait_for_a_reader() -> None:
    program = f"import sys; sys.stderr.write('x' * {1 << 22} + chr(10)); raise OSError"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=asyncio.subprocess.PIPE)
    assert child.stderr is not None
    words = LastWords(child.stderr)
    assert await asyncio.wait_for(child.wait(), 60) == 1
    assert await words.said() == " (OSError at <string>:1)"
    assert len(words._kept) <= KEPT_BYTES


async def test_a_link_whose_check_broke_off_says_so_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "httpx.py").write_text("raise RuntimeError('secret')\n")
    assert (await check_link("http://127.0.0.1:9/")).detail.code == "check_broke_off"
    assert "RuntimeError at" in caplog.text
    assert "secret" not in caplog.text


async def test_a_reader_of_mail_that_breaks_says_so_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "imaplib.py").write_text("raise RuntimeError('secret')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with listening(tmp_path, Job(way="mail", host="127.0.0.1", port=9)) as (listener, _):
        await listener.told()
    assert f"the reader broke and is started again (RuntimeError at {tmp_path / 'imaplib.py'}:1)" in caplog.text
    assert "secret" not in caplog.text
