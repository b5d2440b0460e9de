"""Which proxy a page goes through where a PAC script or the machine's own settings decide it.

Real files, a real server, the script run in a real child.
"""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.child.isolate import Isolation
from probes.network import proxy_choice
from probes.network.named_proxy_linux import NamedProxy, named
from probes.network.pac_child import evaluate
from probes.network.proxy_choice import ProxyChoice, Way
from probes.network.service import tls_context
from probes.network.settings import Settings
from probes.network.system_names import NameLookup
from probes.reading import Context

MEET, OTHER = "https://meet.firm.example/", "https://example.com/"
SCRIPT = """function FindProxyForURL(url, host) {
  if (shExpMatch(host, "*.firm.example")) return "DIRECT";
  var near = "PROXY proxy.firm.example; PROXY 192.0.2.9:3128; DIRECT";
  if (isInNet(myIpAddress(), "10.1.0.0", "255.255.0.0")) return near;
  return "SOCKS5 192.0.2.9:1080";
}"""


def said(script: str, address: str = "10.1.2.3") -> dict[str, object]:
    return evaluate({"script": script, "urls": [MEET, OTHER], "address": address})


def test_a_script_decides_by_name_and_by_where_the_machine_is() -> None:
    proxies = ["http://proxy.firm.example:80", "http://192.0.2.9:3128", "DIRECT"]
    assert said(SCRIPT) == {"answers": {MEET: ["DIRECT"], OTHER: proxies}}
    assert said(SCRIPT, "10.2.2.3") == {"answers": {MEET: ["DIRECT"], OTHER: ["socks5://192.0.2.9:1080"]}}


@pytest.mark.parametrize(
    "script", ["", "<html>Not found</html>", "function FindProxyForURL(", "var a = 1;", "throw 'no'", "\0", "a" * 9]
)
def test_what_is_no_script_is_one_clear_error(script: str) -> None:
    (error,) = said(script).values()
    assert error
    assert len(str(error)) <= 160


@settings(max_examples=30)
@given(text=st.text(max_size=60))
def test_no_answer_of_a_script_breaks_the_reading_of_it(text: str) -> None:
    script = f"function FindProxyForURL(url, host) {{ return {json.dumps(text)}; }}"
    found = said(script)
    assert isinstance(found.get("answers"), dict) or found.get("error")


def policy(etc: Path, place: str, text: str) -> None:
    file = etc / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


URL = "http://wpad.firm.example/proxy.pac"
PLACES = [
    ("chromium/policies/managed/a.json", json.dumps({"ProxyMode": "pac_script", "ProxyPacUrl": URL})),
    ("opt/chrome/policies/recommended/a.json", json.dumps({"ProxySettings": {"ProxyPacUrl": URL}})),
    (
        "firefox/policies/policies.json",
        json.dumps({"policies": {"Proxy": {"Mode": "autoConfig", "AutoConfigURL": URL}}}),
    ),
    ("dconf/db/local.d/00-proxy", f"[org/gnome/system/proxy]\nmode='auto'\nautoconfig-url='{URL}'\n"),
    ("xdg/kioslaverc", f"[Proxy Settings][$i]\nProxyType=2\nProxy Config Script[$e]={URL}\n"),
]


@pytest.mark.parametrize(("place", "text"), PLACES)
def test_a_script_is_found_where_administrators_name_it(tmp_path: Path, place: str, text: str) -> None:
    policy(tmp_path, place, text)
    assert (named(tmp_path).script, named(tmp_path).file) == (URL, str(tmp_path / place))


GNOME = "[org/gnome/system/proxy]\nmode='manual'\n[org/gnome/system/proxy/https]\nhost='p.firm.example'\nport=3128\n"
SERVER = "p.firm.example:3128"
FIXED = [
    ("chromium/policies/managed/a.json", {"ProxyMode": "fixed_servers", "ProxyServer": f"http=a:1;https={SERVER}"}),
    ("opt/edge/policies/managed/a.json", {"ProxySettings": {"ProxyServer": SERVER}}),
    ("firefox/policies/policies.json", {"policies": {"Proxy": {"Mode": "manual", "SSLProxy": SERVER}}}),
]


@pytest.mark.parametrize(
    ("place", "text"), [*((place, json.dumps(table)) for place, table in FIXED), ("dconf/db/site.d/proxy", GNOME)]
)
def test_one_proxy_for_everything_is_found_as_well(tmp_path: Path, place: str, text: str) -> None:
    policy(tmp_path, place, text)
    assert named(tmp_path).server == f"http://{SERVER}"


@pytest.mark.parametrize("mode", ["direct", "system", "auto_detect"])
def test_another_mode_names_none(tmp_path: Path, mode: str) -> None:
    table = {"ProxyMode": mode, "ProxyPacUrl": URL, "ProxyServer": "p:1"}
    policy(tmp_path, "chromium/policies/managed/a.json", json.dumps(table))
    policy(tmp_path, "dconf/db/local.d/00-proxy", f"[org/gnome/system/proxy]\nmode='none'\nautoconfig-url='{URL}'\n")
    assert named(tmp_path) == NamedProxy()


def test_hosts_that_are_reached_past_the_proxy() -> None:
    one = NamedProxy(server="http://p:1", bypass=("<local>", ".firm.example", "*.lab.example", "meet.example"))
    past = ("printer", "meet.firm.example", "a.lab.example", "meet.example")
    assert [host for host in (*past, "example.com", "a.meet.example") if one.bypasses(host)] == list(past)


@settings(max_examples=30)
@given(text=st.one_of(st.text(), st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps)))
def test_no_file_of_the_machine_breaks_the_look_for_a_proxy(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    etc = tmp_path_factory.mktemp("etc")
    for place, _ in PLACES:
        policy(etc, place, text)
        (etc / place).write_bytes(text.encode("utf-8", errors="surrogatepass"))
    named(etc)


@contextmanager
def served(answer: Callable[[], str]) -> Iterator[str]:
    """The address of a script; "" is "not found"."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answer().encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/proxy.pac"
        finally:
            server.shutdown()


class Room:
    """A probe's choice of proxies, whose clock stands where the test puts it."""

    def __init__(self, etc: Path) -> None:
        self.choice, self.at = ProxyChoice(etc=etc), 0.0

    async def look(self, settings: Settings, later: float = 0.0) -> tuple[Way, Way]:
        self.at += later
        context = Context(now=time.time, monotonic=lambda: self.at, in_meeting=False, memory={"isolation": Isolation()})
        own = "10.1.2.3"
        await self.choice.refresh(settings, [MEET, OTHER], own, NameLookup(), lambda: tls_context(""), context)
        return self.choice.way(MEET), self.choice.way(OTHER)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return Room(tmp_path)


async def test_a_script_is_fetched_run_and_asked_again_after_a_while(room: Room) -> None:
    text = [SCRIPT]
    with served(lambda: text[0]) as url:
        wanted = Settings(pac_url=url)
        meet, other = await room.look(wanted)
        assert (meet.direct, other.direct, other.proxies[1]) == (True, False, "http://192.0.2.9:3128")
        text[0] = 'function FindProxyForURL(url, host) { return "PROXY 192.0.2.9:1"; }'
        assert (await room.look(wanted, 10.0))[0].direct
        assert (await room.look(wanted, proxy_choice.FRESH_SECONDS))[0].proxies == ("http://192.0.2.9:1",)
        text[0] = ""
        kept, _ = await room.look(wanted, proxy_choice.FRESH_SECONDS)
        assert kept.proxies == ("http://192.0.2.9:1",), "programs that run go on with what they know"
        assert str(room.choice.trouble).startswith("pac_silent")


async def test_what_is_said_of_a_script_names_no_login(room: Room) -> None:
    with served(lambda: "") as url:
        await room.look(Settings(pac_url=url.replace("://", "://room:s3cr3t@")))
    assert str(room.choice.trouble).startswith("pac_silent")
    assert "s3cr3t" not in repr(room.choice.trouble)


async def test_where_no_script_can_be_had_programs_go_directly(room: Room) -> None:
    with served(lambda: "") as url:
        assert [way.direct for way in await room.look(Settings(pac_url=url))] == [True, True]
    assert "answers_status" in str(room.choice.trouble)
    assert [way.direct for way in await room.look(Settings(pac_url=url))] == [True, True]


@pytest.mark.parametrize("script", ["<html></html>", "function FindProxyForURL() { for (;;); }"])
async def test_a_script_that_cannot_be_run_leaves_the_way_unknown(room: Room, tmp_path: Path, script: str) -> None:
    (tmp_path / "proxy.pac").write_text(script)
    meet, _ = await room.look(Settings(pac_url=str(tmp_path / "proxy.pac")))
    assert not meet.direct
    assert str(meet.why).startswith("pac_broken")


async def test_what_is_configured_goes_before_what_the_machine_names(room: Room, tmp_path: Path) -> None:
    table = {"ProxyServer": "p:1", "ProxyBypassList": "meet.firm.example"}
    policy(tmp_path, "chromium/policies/managed/a.json", json.dumps(table))
    meet, other = await room.look(Settings())
    assert (meet.direct, other.proxies) == (True, ("http://p:1",))
    assert (await room.look(Settings(proxy="none")))[1].direct
    assert (await room.look(Settings(proxy="http://q:2")))[0].proxies == ("http://q:2",)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("https_proxy", "http://e:3")
        assert (await room.look(Settings()))[0].proxies == ("http://e:3",)
        (tmp_path / "proxy.pac").write_text('function FindProxyForURL(url, host) { return "PROXY s:4"; }')
        assert (await room.look(Settings(pac_url=f"file://{tmp_path}/proxy.pac")))[0].proxies == ("http://s:4",)


async def test_the_first_proxy_that_takes_a_connection_is_taken() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        live, dead = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "http://127.0.0.1:1"
        names = NameLookup()
        assert await proxy_choice.alive(Way((dead, live, "")), names) == live
        assert await proxy_choice.alive(Way((dead, "")), names) == ""
        assert await proxy_choice.alive(Way((dead, dead)), names) == dead
