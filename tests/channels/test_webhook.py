"""Web hooks and the request under them, against real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from alerting.sending import web_request
from alerting.sending.detail import because
from alerting.sending.web_request import AddressError, NoAnswerError, WebAnswer, request
from alerting.sending.webhook import send_by_webhook
from tests.channels.conftest import Endpoint, free_port

SOURCE_FOLDER = Path(__file__).resolve().parents[2]


async def hook(url: str, **fields: Any) -> Any:
    return await asyncio.to_thread(send_by_webhook, {"key": "k", "url": url, "title": "t", "body": "b", **fields})


async def get(url: str, **more: Any) -> WebAnswer:
    return await asyncio.to_thread(lambda: request("GET", url, headers={}, **more))


@asynccontextmanager
async def raw(
    answer: bytes, drip: float = 0.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[str]]]:
    """A server that takes one request's head and says these bytes, one every ``drip`` seconds. (port, heads)"""
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            for at in range(0, len(answer), 1 if drip else len(answer) or 1):
                writer.write(answer[at : at + 1] if drip else answer)
                await writer.drain()
                await asyncio.sleep(drip)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1], heads
    server.close()


async def test_headers_parameters_and_fields_of_the_address_are_sent_and_its_login_too(endpoint: Endpoint) -> None:
    url = (
        f"json://bob:p%40ss@127.0.0.1:{endpoint.port}/a b/路?+X-Token=a%20b&-key=1+2&:room=301&:title=subject"
        "&:attachments=&method=put&verify=yes"
    )
    assert (await hook(url)).outcome == "sent"
    path, body, headers = endpoint.requests[0]
    assert path == "/a%20b/%E8%B7%AF?key=1%2B2"
    assert headers["X-Token"] == "a b"
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"bob:p@ss").decode()
    assert json.loads(body) == {"version": "1.0", "subject": "t", "message": "b", "type": "warning", "room": "301"}


async def test_an_attachment_goes_along_and_one_that_is_gone_is_said(endpoint: Endpoint, tmp_path: Path) -> None:
    paper = tmp_path / "report.pdf"
    paper.write_bytes(b"%PDF")
    assert (await hook(f"json://127.0.0.1:{endpoint.port}", attachments=[str(paper)])).outcome == "sent"
    (attached,) = json.loads(endpoint.requests[0][1])["attachments"]
    assert attached == {"filename": "report.pdf", "base64": "JVBERg==", "mimetype": "application/pdf"}
    gone = await hook(f"json://127.0.0.1:{endpoint.port}", attachments=[str(tmp_path / "none")])
    assert gone.outcome == "temporary"
    assert gone.detail == because("attachment_unreadable", detail="No such file or directory")


async def test_a_redirect_is_not_followed_and_not_taken_for_an_acceptance(endpoint: Endpoint) -> None:
    there = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{endpoint.port}/login\r\nContent-Length: 0\r\n\r\n"
    async with raw(there.encode()) as (port, _):
        answered = await hook(f"json://127.0.0.1:{port}/")
    assert (answered.outcome, answered.detail) == ("temporary", because("http_redirected", status=302))
    assert endpoint.requests == []


async def test_how_long_to_wait_is_heard() -> None:
    async with raw(b"HTTP/1.1 429 Slow\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n") as (port, _):
        answered = await hook(f"json://127.0.0.1:{port}/")
    assert (answered.outcome, answered.retry_after) == ("throttled", 90.0)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + b" " * 999, b"x" * 999])
async def test_an_answer_that_drips_ends_with_the_time_for_all_of_it(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_request, "TOTAL_SECONDS", 1.0)
    async with raw(answer, drip=0.05) as (port, _):
        dripped = await hook(f"json://127.0.0.1:{port}/")
    assert (dripped.outcome, dripped.detail) == ("temporary", because("no_answer_within", span=1.0))


@pytest.mark.parametrize(
    "answer", [b"", b"not http\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 99"]
)
async def test_what_is_no_http_is_no_answer(answer: bytes) -> None:
    async with raw(answer) as (port, _):
        assert (await hook(f"json://127.0.0.1:{port}/")).outcome == "temporary"


async def test_nobody_there_is_temporary_and_an_address_that_nobody_can_ask_permanent(endpoint: Endpoint) -> None:
    assert (await hook(f"json://127.0.0.1:{free_port()}/")).detail == because(
        "no_connection", detail="Connection refused"
    )
    for wrong in ("json://127.0.0.1:99999/", "json://", "json://[::1/", f"json://127.0.0.1:{endpoint.port}/?+X=a%0Ab"):
        assert (await hook(wrong)).outcome == "permanent", wrong
    with pytest.raises(AddressError):
        await get("ftp://127.0.0.1/")


async def test_a_certificate_that_nobody_vouches_for_is_refused_unless_it_is_not_asked_for(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", tls=tls) as (port, heads):
        refused = await hook(f"jsons://127.0.0.1:{port}/")
        assert refused.outcome == "temporary"
        assert refused.detail.code == "certificate_refused"
        assert heads == []
        assert (await hook(f"jsons://127.0.0.1:{port}/?verify=no")).outcome == "sent"


async def test_the_environments_proxy_is_used_but_for_hosts_that_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint
) -> None:
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (port, heads):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert (await get("http://room.invalid/x?y=1")).text == "ok"
        with pytest.raises(NoAnswerError):  # the "proxy" speaks no TLS
            await get("https://room.invalid/")
        assert (await get(f"http://127.0.0.1:{endpoint.port}/own")).text == "answered"
    assert heads[0].startswith("GET http://room.invalid/x?y=1 HTTP/1.1\r\n")
    assert heads[1].startswith("CONNECT room.invalid:443 ")
    assert [one[0] for one in endpoint.requests] == ["/own"]


def test_the_child_is_ready_without_apprise() -> None:
    program = (
        "import sys, alerting.sending.child as c; print(sorted({'apprise', 'requests', 'jinja2'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=SOURCE_FOLDER, check=True
    )
    assert said.stdout == "[]\n"
