"""The real Prometheus scrapes the endpoint: by password over TLS, by client certificate, and not without them."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.scrapers.conftest import MUTUAL, TLS, Scraped, hashed

TRIES = 200


@contextmanager
def prometheus(folder: Path, job: dict[str, Any], target: int) -> Iterator[str]:
    """Its address. job: what its scrape job says beside the target."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    whole = {"job_name": "rooms", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}], **job}
    file = folder / "prometheus.yml"
    file.write_text(
        json.dumps({"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [whole]})
    )
    command = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "prometheus.log").open("wb") as log:
        child = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(30)


async def target_of(address: str) -> tuple[str, str]:
    """(health, the last error) once it was scraped."""
    async with httpx.AsyncClient(trust_env=False) as asking:
        for _ in range(TRIES):
            try:
                (found,) = (await asking.get(address + "/api/v1/targets")).json()["data"]["activeTargets"]
            except (httpx.TransportError, ValueError, KeyError):
                await asyncio.sleep(0.1)
                continue
            if found["health"] != "unknown" and "deadline" not in found["lastError"]:
                return found["health"], found["lastError"]
            await asyncio.sleep(0.1)
    raise AssertionError("it was not scraped")


PASSWORD = {"basic_auth": {"username": "prometheus", "password": "secret"}}
SHOWN = {"cert_file": "prometheus.crt", "key_file": "prometheus.key"}


@pytest.mark.parametrize(
    ("mutual", "passwords", "job", "tls", "wanted"),
    [
        (False, True, PASSWORD, {}, ""),
        (False, True, {}, {}, "401"),
        (True, False, {}, SHOWN, ""),
        (True, True, PASSWORD, SHOWN, ""),
        (True, False, {}, {}, "certificate required|EOF|reset"),
    ],
    ids=["password", "no password", "certificate", "both", "no certificate"],
)
async def test_prometheus_scrapes(
    scraped: Scraped, mutual: bool, passwords: bool, job: dict[str, Any], tls: dict[str, str], wanted: str
) -> None:
    text = MUTUAL if mutual else TLS.format(more="")
    await scraped.write(text + (f"basic_auth_users:\n  prometheus: {hashed('secret')}\n" if passwords else ""))
    files = {"ca_file": "authority.pem", **tls}
    job = {"scheme": "https", "tls_config": {key: str(scraped.folder / name) for key, name in files.items()}, **job}
    with prometheus(scraped.folder, job, scraped.endpoint.port) as address:
        health, error = await target_of(address)
    assert health == ("down" if wanted else "up")
    assert re.search(wanted, error)


async def test_curl_without_certificate_or_by_the_wrong_one_gets_nothing(scraped: Scraped) -> None:
    await scraped.write(MUTUAL)
    asked = ["curl", "-sS", "--noproxy", "*", "--cacert", str(scraped.folder / "authority.pem")]
    for more, code in (([], False), (_shown(scraped, "intruder"), False), (_shown(scraped, "prometheus"), True)):
        child = await asyncio.create_subprocess_exec(
            *asked, *more, scraped.url(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, _ = await child.communicate()
        assert (child.returncode == 0) is code
        assert (b"roomwatch_ready" in out) is code


def _shown(scraped: Scraped, name: str) -> list[str]:
    return ["--cert", str(scraped.folder / f"{name}.crt"), "--key", str(scraped.folder / f"{name}.key")]
