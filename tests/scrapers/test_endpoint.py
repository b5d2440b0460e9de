"""The scrapers' endpoint over real sockets: who is let in, what is served, and what a change of web.yml does."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import httpx
import pytest

from alerting.service.answer import CommandAnswer, CommandRequest
from monitor.web.scrapers import basic_auth
from monitor.web.scrapers.basic_auth import BasicAuth, TooManyPasswords
from monitor.web.server import Server
from tests.scrapers.conftest import MUTUAL, PAGE, TLS, Scraped, hashed

PLAIN = TLS.format(more="")


def client(folder: Path, certificate: str = "", **more: object) -> httpx.AsyncClient:
    trusting = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    if certificate:
        trusting.load_cert_chain(folder / f"{certificate}.crt", folder / f"{certificate}.key")
    return httpx.AsyncClient(verify=trusting, trust_env=False, **more)  # type: ignore[arg-type]


def users(**passwords: str) -> str:
    lines = "".join(f"  {name}: {hashed(password)}\n" for name, password in passwords.items())
    return "basic_auth_users:\n" + lines


async def test_a_password_opens_the_metrics_and_no_page(scraped: Scraped) -> None:
    await scraped.write(PLAIN + users(alice="right: 密码"))
    assert scraped.endpoint.problem == ""
    async with client(scraped.folder) as asking:
        assert (await asking.get(scraped.url())).status_code == 401
        for wrong in (("alice", "wrong"), ("alice", ""), ("nobody", "right: 密码"), ("", "")):
            answer = await asking.get(scraped.url(), auth=httpx.BasicAuth(*wrong))
            assert (answer.status_code, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")
        for header in ("Basic", "Basic %%", "Basic YWxpY2U=", "Bearer x", "Basic " + "A" * 5000):
            assert (await asking.get(scraped.url(), headers={"Authorization": header})).status_code == 401
        right = httpx.BasicAuth("alice", "right: 密码")
        for _ in range(2):
            assert (await asking.get(scraped.url(), auth=right)).text == PAGE
        for path in ("/", "/healthz", "/api/status", "/sign-in", "/r/room", "/metrics/"):
            assert (await asking.get(scraped.url(path), auth=right)).status_code == 404
            assert (await asking.get(scraped.url(path))).status_code == 401
        assert (await asking.post(scraped.url(), auth=right)).status_code == 405


async def test_only_who_shows_a_certificate_of_the_authority_is_let_in(scraped: Scraped) -> None:
    await scraped.write(MUTUAL)
    async with client(scraped.folder, "prometheus") as asking:
        assert (await asking.get(scraped.url())).text == PAGE
    for certificate in ("", "intruder"):
        async with client(scraped.folder, certificate) as asking:
            with pytest.raises(httpx.TransportError):
                await asking.get(scraped.url())
    with pytest.raises(httpx.TransportError):
        async with httpx.AsyncClient(trust_env=False) as asking:
            await asking.get(scraped.url(scheme="http"))


@pytest.mark.parametrize(("names", "status"), [("[prometheus]", 200), ("['127.0.0.1']", 200), ("[other]", 403)])
async def test_the_names_in_a_certificate_may_be_chosen(scraped: Scraped, names: str, status: int) -> None:
    await scraped.write(MUTUAL.replace(" }", f", client_allowed_sans: {names} }}"))
    async with client(scraped.folder, "prometheus") as asking:
        assert (await asking.get(scraped.url())).status_code == status


async def test_a_broken_file_at_the_start_opens_nothing(scraped: Scraped, caplog: pytest.LogCaptureFixture) -> None:
    await scraped.write(PLAIN + "basic_auth_user:\n  alice: x\n")
    assert scraped.endpoint.port == 0
    said = f'{scraped.file}: basic_auth_user: unknown key. Did you mean "basic_auth_users"?'
    assert scraped.endpoint.problem == said
    await scraped.endpoint.look()
    assert caplog.text.count(said) == 1  # told once, however often it is looked at
    await scraped.write(PLAIN)
    assert scraped.endpoint.problem == ""
    async with client(scraped.folder) as asking:
        assert (await asking.get(scraped.url())).status_code == 200


@pytest.mark.parametrize("broken", ["", "tls_server_config:\n  cert_fil: a\n", "a: [", "gone", "no certificate"])
async def test_what_was_in_force_stays(scraped: Scraped, broken: str) -> None:
    await scraped.write(PLAIN + users(alice="secret"))
    if broken == "gone":
        scraped.file.unlink()
        await scraped.endpoint.look()
    elif broken == "no certificate":
        (scraped.folder / "room.crt").write_text("")
        await scraped.endpoint.look()
    else:
        await scraped.write(broken)
    assert str(scraped.file) in scraped.endpoint.problem
    async with client(scraped.folder) as asking:
        assert (await asking.get(scraped.url())).status_code == 401
        assert (await asking.get(scraped.url(), auth=httpx.BasicAuth("alice", "secret"))).status_code == 200


async def test_a_change_is_in_force_also_for_connections_that_were_open(scraped: Scraped) -> None:
    await scraped.write(PLAIN + users(alice="old"))
    async with client(scraped.folder, auth=httpx.BasicAuth("alice", "old")) as asking:
        assert (await asking.get(scraped.url())).status_code == 200
        await scraped.write(PLAIN + users(alice="new"))
        assert (await asking.get(scraped.url())).status_code == 401
        assert (await asking.get(scraped.url(), auth=httpx.BasicAuth("alice", "new"))).status_code == 200
        await scraped.write(MUTUAL)
        with pytest.raises(httpx.TransportError):
            await asking.get(scraped.url())


async def test_headers_of_the_file_are_sent(scraped: Scraped) -> None:
    await scraped.write(PLAIN + "http_server_config: { http2: true, headers: { X-Frame-Options: deny } }\n")
    async with client(scraped.folder) as asking:
        assert (await asking.get(scraped.url())).headers["X-Frame-Options"] == "deny"


async def test_keys_written_in_the_file_itself_are_taken(scraped: Scraped) -> None:
    written = {name: (scraped.folder / f"room.{name}").read_text().replace("\n", "\n    ") for name in ("crt", "key")}
    await scraped.write(f"tls_server_config:\n  cert: |\n    {written['crt']}\n  key: |\n    {written['key']}\n")
    assert scraped.endpoint.problem == ""
    async with client(scraped.folder) as asking:
        assert (await asking.get(scraped.url())).text == PAGE


async def test_who_hangs_holds_nobody_up(scraped: Scraped) -> None:
    await scraped.write(PLAIN + users(alice="secret"))
    hanging = [await asyncio.open_connection("127.0.0.1", scraped.endpoint.port) for _ in range(40)]
    try:
        async with client(scraped.folder, auth=httpx.BasicAuth("alice", "secret")) as asking:
            assert (await asking.get(scraped.url())).text == PAGE
    finally:
        for _, writer in hanging:
            writer.close()


async def test_guesses_wait_in_a_short_queue_and_hold_up_nobody_who_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    door, looked_at = BasicAuth({"alice": hashed("secret")}), asyncio.Event()
    right, wrong = ("Basic " + httpx.BasicAuth("alice", word)._auth_header.split()[1] for word in ("secret", "guess"))
    assert await door.allows(right)

    async def slow(*_: object) -> bool:
        await looked_at.wait()
        return False

    monkeypatch.setattr(asyncio, "to_thread", slow)
    guesses = [asyncio.create_task(door.allows(wrong)) for _ in range(basic_auth.WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyPasswords):
        await door.allows(wrong)
    assert await door.allows(right)
    looked_at.set()
    assert not any(await asyncio.gather(*guesses))


@pytest.mark.parametrize("own_endpoint", [False, True])
async def test_the_pages_address_gives_metrics_only_where_they_have_no_other(own_endpoint: bool) -> None:
    async def command(request: CommandRequest) -> CommandAnswer:
        raise AssertionError

    pages = Server(
        metrics=lambda accept, encoding: (PAGE.encode(), {}),
        status=dict,
        healthy=str,
        ready=str,
        command=command,
        own_endpoint=own_endpoint,
    )
    await pages.listen("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{pages.port}") as asking:
            assert (await asking.get("/metrics")).status_code == (404 if own_endpoint else 200)
            assert (await asking.get("/healthz")).status_code == 200
    finally:
        await pages.close()
