"""The sending child with real receivers."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alerting.delivery.contract import Outcome, OutgoingMessage
from alerting.model.reason import Reason, because
from alerting.sending.client import ChildSender
from tests.channels.conftest import Endpoint, Mailbox, free_port

SOURCE_FOLDER = Path(__file__).resolve().parents[2]


def message(url: str, key: str = "k1", **fields: object) -> OutgoingMessage:
    values: dict[str, object] = {"title": "301会议室：麦克风无声音", "body": "会议进行中", **fields}
    return OutgoingMessage(key=key, contact="li", channel="a", url=url, **values)  # type: ignore[arg-type]


async def test_a_message_arrives_in_a_real_mail_server(sender: ChildSender, mailbox: Mailbox) -> None:
    (result,) = await sender.send([message(mailbox.url)])
    assert (result.key, result.outcome, result.detail) == ("k1", Outcome.SENT, Reason())
    mail = email.message_from_bytes(mailbox.mails[0], policy=email.policy.default)
    assert mail["Subject"] == "301会议室：麦克风无声音"
    part = mail.get_body()
    assert part is not None
    assert "会议进行中" in part.get_content()


async def test_a_message_arrives_at_a_real_http_endpoint(sender: ChildSender, endpoint: Endpoint) -> None:
    (result,) = await sender.send([message(f"json://127.0.0.1:{endpoint.port}/hook")])
    assert result.outcome is Outcome.SENT
    path, body, _ = endpoint.requests[0]
    assert path == "/hook"
    assert json.loads(body)["title"] == "301会议室：麦克风无声音"


async def test_a_refused_recipient_is_permanent_and_a_busy_server_temporary(
    sender: ChildSender, mailbox: Mailbox
) -> None:
    mailbox.reply = "550 5.1.1 no such mailbox"
    (refused,) = await sender.send([message(mailbox.url)])
    assert refused.outcome is Outcome.PERMANENT
    assert (refused.detail.code, refused.detail.values["status"]) == ("smtp_said", 550)
    mailbox.reply = "451 4.7.1 greylisted, come back later"
    (later,) = await sender.send([message(mailbox.url)])
    assert later.outcome is Outcome.TEMPORARY
    mailbox.reply = "250 OK"
    (sent,) = await sender.send([message(mailbox.url)])
    assert sent.outcome is Outcome.SENT


async def test_http_statuses_are_told_apart(sender: ChildSender, endpoint: Endpoint) -> None:
    expected = {
        401: Outcome.PERMANENT,
        404: Outcome.PERMANENT,
        429: Outcome.THROTTLED,
        500: Outcome.TEMPORARY,
        503: Outcome.TEMPORARY,
    }
    for status, outcome in expected.items():
        endpoint.status = status
        (result,) = await sender.send([message(f"json://127.0.0.1:{endpoint.port}/")])
        assert result.outcome is outcome, (status, result)
        assert result.detail == because("http_status", status=status)


async def test_nobody_listening_is_temporary_and_nonsense_is_permanent(sender: ChildSender) -> None:
    down, nonsense = await sender.send(
        [message(f"json://127.0.0.1:{free_port()}/", key="a"), message("nosuch://thing", key="b")]
    )
    assert down.outcome is Outcome.TEMPORARY
    assert nonsense.outcome is Outcome.PERMANENT


async def test_messages_to_one_address_keep_their_order(sender: ChildSender, endpoint: Endpoint) -> None:
    url = f"json://127.0.0.1:{endpoint.port}/"
    await sender.send([message(url, key=str(number), body=str(number)) for number in range(12)])
    assert [json.loads(body)["message"] for _, body, _ in endpoint.requests] == [str(number) for number in range(12)]


async def test_behind_a_failed_message_the_next_ones_are_given_back_untried(
    sender: ChildSender, endpoint: Endpoint
) -> None:
    endpoint.status = 503
    url = f"json://127.0.0.1:{endpoint.port}/"
    results = await sender.send([message(url, key=str(number)) for number in range(3)])
    assert {result.outcome for result in results} == {Outcome.TEMPORARY}
    assert len(endpoint.requests) < 3


async def test_a_child_that_is_killed_gives_its_messages_back_and_the_next_one_works(
    sender: ChildSender, endpoint: Endpoint
) -> None:
    endpoint.hang = True
    url = f"json://127.0.0.1:{endpoint.port}/"
    waiting = asyncio.create_task(sender.send([message(url)]))
    await endpoint.reached.wait()
    assert sender.pid is not None
    os.kill(sender.pid, signal.SIGKILL)
    (result,) = await waiting
    assert result.outcome is Outcome.TEMPORARY
    endpoint.hang = False
    (again,) = await sender.send([message(url)])
    assert again.outcome is Outcome.SENT
    assert sender.restarts == 1


async def test_a_stopped_child_is_replaced_though_new_work_comes_all_the_time(endpoint: Endpoint) -> None:
    sender = ChildSender(answer_seconds=6.0)  # longer than a busy machine takes to start one
    url = f"json://127.0.0.1:{endpoint.port}/"
    await sender.send([message(url)])
    stopped = sender.pid
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    work = []
    async with asyncio.timeout(40):
        while sender.pid == stopped:
            work.append(asyncio.create_task(sender.send([message(url, key=f"more {len(work)}")])))
            await asyncio.sleep(0.5)
            await sender.warm()
    assert (await work[0])[0].outcome is Outcome.TEMPORARY
    await asyncio.gather(*work)
    (again,) = await sender.send([message(url, key="more 0")])
    assert again.outcome is Outcome.SENT
    await sender.close()


async def test_a_file_of_the_current_folder_is_not_run(
    sender: ChildSender, endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "http.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nraise ImportError\n")
    monkeypatch.chdir(tmp_path)
    (result,) = await sender.send([message(f"json://127.0.0.1:{endpoint.port}/hook")])
    assert result.outcome is Outcome.SENT
    assert not (tmp_path / "ran").exists()


async def test_the_log_says_why_the_child_ended_and_repeats_no_address(
    sender: ChildSender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "http.py").write_text("raise ValueError('json://wang:hunter2@example.org\\nhunter2')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    await sender.send([message("json://127.0.0.1:9/hook")])
    assert f"the sender ended with 1 (ValueError at {tmp_path / 'http.py'}:1), 1 messages are tried" in caplog.text
    assert "hunter2" not in caplog.text


async def test_a_child_that_breaks_over_a_line_says_why_too(
    sender: ChildSender, caplog: pytest.LogCaptureFixture
) -> None:
    await sender.warm()
    await asyncio.wait_for(sender._ready.wait(), 30)
    assert sender._process is not None
    assert sender._process.stdin is not None
    sender._process.stdin.write(b"hunter2\n")
    async with asyncio.timeout(30):
        while "the sender ended with 1 (JSONDecodeError at " not in caplog.text:
            await asyncio.sleep(0.02)
    assert "hunter2" not in caplog.text


async def test_a_child_that_is_ended_with_nothing_in_hand_is_no_news(
    sender: ChildSender, caplog: pytest.LogCaptureFixture
) -> None:
    await sender.warm()
    process = sender._process
    assert process is not None
    process.terminate()
    await asyncio.wait_for(process.wait(), 30)
    while sender._tasks:
        await asyncio.sleep(0.02)
    assert "the sender ended" not in caplog.text


async def test_an_idle_child_is_let_go() -> None:
    sender = ChildSender(idle_seconds=0.3)
    await sender.warm()
    pid = sender.pid
    assert pid is not None
    process = sender._process
    assert process is not None
    await asyncio.wait_for(process.wait(), 20)
    assert sender.pid is None
    await sender.close()


def test_the_child_dies_with_a_killed_parent() -> None:
    program = (
        "import asyncio\n"
        "from alerting.sending.client import ChildSender\n"
        "async def main():\n"
        "    sender = ChildSender()\n"
        "    await sender.warm()\n"
        "    await sender._ready.wait()\n"
        "    print(sender.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=SOURCE_FOLDER
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
        parent.wait()
        for _ in range(200):
            try:
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    break
            except FileNotFoundError:
                break
            asyncio.run(asyncio.sleep(0.02))
        else:
            raise AssertionError("the sender outlived its parent")


def test_the_parent_never_loads_apprise() -> None:
    program = "import sys, alerting.sending.client; print('apprise' in sys.modules, 'requests' in sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=SOURCE_FOLDER, check=True
    )
    assert output.stdout.split() == ["False", "False"]


async def test_a_message_that_was_given_up_goes_out_at_the_next_try(tmp_path: Path) -> None:
    child = tmp_path / "child"
    child.write_text(f"""#!{sys.executable}
import json, sys
lines = [json.loads(sys.stdin.readline()) for _ in range(2)]  # the first is never answered: a line of slow servers
answer = {{"key": lines[1]["key"], "outcome": "sent", "detail": {{}}, "retry_after": None, "perhaps_arrived": False}}
print(json.dumps(answer), flush=True)
sys.stdin.read()
""")
    child.chmod(0o755)
    sender = ChildSender(python=str(child))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await sender.send([message("json://localhost", key="late")])
    async with asyncio.timeout(30):
        (again,) = await sender.send([message("json://localhost", key="late")])
    assert again.outcome is Outcome.SENT
    await sender.close()
