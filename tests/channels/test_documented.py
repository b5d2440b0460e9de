"""Every address of docs/channels.md, as it stands there, arrives at a receiver of its kind."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import ssl
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from alerting.configuration import Secret
from alerting.delivery.contract import Outcome, OutgoingMessage
from alerting.plan.gateway import Gateway
from alerting.sending.addresses import understood
from alerting.sending.client import ChildSender
from tests.channels.any_host import AnyHost, certificate
from tests.channels.conftest import Mailbox, free_port

PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
TITLE = "Room 12: no sound"
WEB = {
    "wecombot": "qyapi.weixin.qq.com",
    "dingtalk": "oapi.dingtalk.com",
    "feishu": "open.feishu.cn",
    "workflow": "prod-00.westeurope.logic.azure.com",
    "slack": "hooks.slack.com",
    "tgram": "api.telegram.org",
    "ntfys": "ntfy.example.com",
    "matrixs": "matrix.example.com",
    "twilio": "api.twilio.com",
    "gateway://sms": "sms.example.com",
    "gateway://call": "voice.example.com",
    "jsons": "hooks.example.com",
}
"""Scheme → the host that its message has to come to."""
OTHERS = {"mailtos", "mailto", "mqtts", "mqtt", "rsyslog"}


def addresses() -> list[str]:
    blocks = re.findall(r"```text\n(.*?)```", PAGE, re.S)
    return [line for block in blocks for line in block.splitlines()]


def kind(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}" if scheme == "gateway" else scheme


def of(scheme: str) -> list[str]:
    return [one for one in addresses() if kind(one) == scheme]


def test_every_line_is_tried_here_and_understood() -> None:
    assert {kind(one) for one in addresses()} == WEB.keys() | OTHERS
    assert all(one.startswith("gateway://") or understood(Secret("literal", one)) for one in addresses())


def test_every_channel_says_how_to_get_it_and_what_can_go_wrong() -> None:
    for section in re.split(r"^## ", PAGE, flags=re.M)[1:]:
        name = section.splitlines()[0]
        assert "What can go wrong:" in section, name
        assert "To get it:" in section or name == "Web hook", name


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AnyHost]:
    """The web behind a proxy, for children that are started from now on."""
    chain, key = certificate(tmp_path, [*WEB.values(), "127.0.0.1", "localhost"])
    made = AnyHost(chain, key)
    await made.start()
    for variable in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{made.port}")
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(chain))
    yield made
    await made.stop()


def gateways(tmp_path: Path) -> dict[str, Gateway]:
    """The page's own tables, with their secrets in files of the test."""
    (block,) = (one for one in re.findall(r"```toml\n(.*?)```", PAGE, re.S) if "[gateways." in one)
    found = {}
    for name, table in tomllib.loads(block)["gateways"].items():
        secret = tmp_path / name
        secret.write_text("tokenTOKEN")
        table["secrets"] = {key: Secret("file", str(secret)) for key in table["secrets"]}
        for key in ("sent",):
            if key in table:
                table[key] = tuple(table[key])
        found[name] = Gateway(**table)
    return found


async def send(url: str, tmp_path: Path) -> None:
    sender = ChildSender(rate_folder=tmp_path, gateways=gateways(tmp_path))
    try:
        message = OutgoingMessage(
            key="k1", contact="li", channel="0", url=url, title=TITLE, body="Go and look.", short=TITLE
        )
        (result,) = await sender.send([message])
    finally:
        await sender.close()
    assert result.outcome is Outcome.SENT, result


@pytest.mark.parametrize("scheme", sorted(WEB))
async def test_an_address_of_the_web_comes_to_its_service(scheme: str, world: AnyHost, tmp_path: Path) -> None:
    for url in of(scheme):
        world.requests.clear()
        await send(url, tmp_path)
        assert {one.host for one in world.requests} == {WEB[scheme]}
        said = "".join(f"{one.path} {one.body.decode(errors='replace')}" for one in world.requests)
        assert "no%20sound" in said or "no sound" in said or "no+sound" in said, said


def beside(url: str, port: int) -> str:
    """The same address at a server of this machine."""
    parts = urlsplit(url)
    login = f"{parts.username}:{parts.password}@" if parts.username else ""
    return parts._replace(netloc=f"{login}localhost:{port}").geturl()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # with TLS from the first byte
@pytest.mark.parametrize("url", [*of("mailtos"), *of("mailto")])
async def test_a_mail_arrives_with_and_without_tls(url: str, world: AnyHost, tmp_path: Path) -> None:
    mode, login = parse_qs(urlsplit(url).query)["mode"][0], urlsplit(url).username is not None
    handler, context = Mailbox(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(world.chain, world.key)

    def right(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == b"app-password"
        return AuthResult(success=good, handled=True)

    tls = (
        {"ssl_context": context}
        if mode == "ssl"
        else {"tls_context": context, "require_starttls": True}
        if login
        else {}
    )
    controller = Controller(
        handler, hostname="localhost", port=free_port(), authenticator=right if login else None, auth_required=login,
        auth_require_tls=mode == "starttls", **tls,
    )  # fmt: skip
    controller.start()
    try:
        await send(beside(url, controller.port), tmp_path)
    finally:
        controller.stop()
    assert TITLE in handler.mails[0].decode()


@pytest.mark.parametrize("url", [*of("mqtts"), *of("mqtt")])
async def test_mqtt_arrives_at_a_real_broker(url: str, world: AnyHost, tmp_path: Path) -> None:
    port, plain = free_port(), free_port()
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", f"listener {plain} 127.0.0.1"]
    if url.startswith("mqtts"):
        lines[1:1] = [f"certfile {world.chain}", f"keyfile {world.key}"]
    (tmp_path / "mosquitto.conf").write_text("\n".join([*lines, "user root", ""]))
    broker = await asyncio.create_subprocess_exec(
        shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", str(tmp_path / "mosquitto.conf"),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        arrived = await _subscribed(plain, "rooms/alarms")
        # The library takes the authorities of the machine alone, of which the test's is none.
        unverified = "&verify=no" if url.startswith("mqtts") else ""
        await send(beside(url, port) + unverified, tmp_path)
        assert TITLE in await asyncio.wait_for(arrived, 20)
    finally:
        broker.terminate()
        await broker.wait()


async def _subscribed(port: int, topic: str) -> asyncio.Future[str]:
    from paho.mqtt.client import CallbackAPIVersion, Client

    loop, arrived, ready = asyncio.get_running_loop(), asyncio.get_running_loop().create_future(), asyncio.Event()
    client = Client(CallbackAPIVersion.VERSION2)

    def took(_client: object, _data: object, message: object) -> None:
        loop.call_soon_threadsafe(arrived.set_result, message.payload.decode())  # type: ignore[attr-defined]
        client.disconnect()

    client.on_message = took
    client.on_subscribe = lambda *_: loop.call_soon_threadsafe(ready.set)
    client.on_connect = lambda *_: client.subscribe(topic)
    for _ in range(100):
        try:
            client.connect("127.0.0.1", port)
            break
        except OSError:
            await asyncio.sleep(0.1)
    client.loop_start()
    await asyncio.wait_for(ready.wait(), 20)
    return arrived


async def test_syslog_arrives_as_a_datagram(tmp_path: Path) -> None:
    (url,) = of("rsyslog")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        await send(beside(url, receiver.getsockname()[1]), tmp_path)
        assert TITLE in receiver.recv(4096).decode()
