"""Which proxy each page goes through, as the room's programs choose it: what is configured, the environment, a PAC
script, or what an administrator wrote for the whole machine.

A script is fetched and run in a child every few minutes. Where it cannot be fetched, programs go directly; where it
cannot be run, which way they go is unknown.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from probes.child.isolate import Isolation, IsolationError
from probes.guard import reason_of
from probes.network import connect_race as eyeballs
from probes.network import exchange, proxy
from probes.network.named_proxy_linux import ETC, NamedProxy, named
from probes.network.settings import Settings
from probes.network.system_names import NameLookup
from probes.reading import Context
from probes.why import Why, because

FRESH_SECONDS = 300.0
"""A script is looked at again so often: browsers keep one for as long as their network stays the same, and a child
costs a fifth of a CPU second."""
FETCH_SECONDS = 2.0
"""It lies on a machine near by. The walk waits for it, once in FRESH_SECONDS."""
RUN_SECONDS = 6.0
"""Some scripts ask for names; programs wait 5 s for one."""
RUN_CPU_SECONDS = 1
MOST_SCRIPT = 1 << 20
"""What Chromium takes at most."""
ALIVE_SECONDS = 1.0
"""For a connection to one of several proxies that a script names."""
DIRECT = "DIRECT"
Tls = Callable[[], ssl.SSLContext]
"""Raises OSError."""


@dataclass(frozen=True, slots=True)
class Way:
    """proxies: URLs in the order in which a program tries them, "" for directly. why: it is not known."""

    proxies: tuple[str, ...] = ("",)
    why: Why | None = None

    @property
    def direct(self) -> bool:
        """Known to need no proxy."""
        return self.why is None and self.proxies[0] == ""


@dataclass
class ProxyChoice:
    """``refresh`` once a walk, then ``way`` for each page. etc: where the machine's own settings are. written: a script
    stands in our configuration, which goes before the environment. trouble: with the script."""

    configured: str = ""
    written: bool = False
    etc: Path = ETC
    found: NamedProxy = field(default_factory=NamedProxy)
    trouble: Why | None = None
    _ways: dict[str, Way] = field(default_factory=dict)
    _of: tuple[str, str, tuple[str, ...]] = ("", "", ())
    _at: float = float("-inf")

    def way(self, url: str) -> Way:
        """How programs reach this address."""
        if self.configured:
            return Way((proxy.proxy_for(self.configured, url),))
        if (by_environment := proxy.proxy_for("", url)) and not self.written:
            return Way((by_environment,))
        if self.found.server:
            host = urllib.parse.urlsplit(url).hostname or ""
            return Way() if self.found.bypasses(host) else Way((self.found.server,))
        if not self.found.script:
            return Way()
        return self._ways.get(url) or Way(why=self.trouble or because("pac_not_run"))

    async def refresh(
        self, settings: Settings, urls: Sequence[str], address: str, names: NameLookup, tls: Tls, context: Context
    ) -> None:
        """urls: which will be asked for. address: this machine's own in its network of now."""
        self.configured, self.written = settings.proxy, bool(settings.pac_url)
        if self.configured:
            return
        now = context.monotonic()
        of = (settings.pac_url, address, tuple(urls))
        if of == self._of and now - self._at < FRESH_SECONDS and context.wake in ("interval", "confirm"):
            return
        self._of, self._at = of, now
        self.found = NamedProxy(script=settings.pac_url) if settings.pac_url else named(self.etc)
        self.trouble = None
        if self.found.script:
            await self._ask(urls, address, names, tls, context)

    async def _ask(self, urls: Sequence[str], address: str, names: NameLookup, tls: Tls, context: Context) -> None:
        try:
            text = await _fetched(self.found.script, names, tls)
        except OSError as error:
            # What it said before still holds for programs that run; one that starts now goes directly.
            self.trouble = because("pac_silent", url=_without_login(self.found.script), why=reason_of(error))
            self._ways = {url: self._ways.get(url, Way()) for url in urls}
            return
        isolation = context.memory.get("isolation")
        if not isinstance(isolation, Isolation):
            return
        try:
            said = await isolation.run(
                "probes.network.pac_child:evaluate",
                {"script": text, "urls": list(urls), "address": address},
                key="pac",
                deadline=RUN_SECONDS,
                cpu_seconds=RUN_CPU_SECONDS,
            )
        except IsolationError as error:
            said = {"error": str(error)}
        answers = said.get("answers", {})
        if "error" in said:
            self.trouble = because("pac_broken", url=_without_login(self.found.script), detail=str(said["error"]))
        self._ways = {
            url: Way(tuple("" if one == DIRECT else one for one in some) or ("",)) for url, some in answers.items()
        }


def _without_login(url: str) -> str:
    """As the page that everybody may open can say it."""
    return re.sub(r"(?<=://)[^/?#]*@", "***@", url)


async def alive(way: Way, names: NameLookup) -> str:
    """The first of its proxies that takes a connection, as a program takes it; the first of all where none does."""
    if len(way.proxies) == 1:
        return way.proxies[0]
    for one in way.proxies:
        if not one or proxy.unusable(one) is not None:
            return one
        parts = urllib.parse.urlsplit(one)
        found = await names.find(parts.hostname or "", ALIVE_SECONDS)
        try:
            opened = await eyeballs.connect(found.addresses, parts.port or proxy.PORT, ALIVE_SECONDS)
        except eyeballs.Unreachable:
            continue
        opened.socket.close()
        return one
    return way.proxies[0]


async def _fetched(script: str, names: NameLookup, tls: Tls) -> str:
    """The script's text. Raises OSError."""
    parts = urllib.parse.urlsplit(script)
    if parts.scheme in ("", "file"):
        return Path(urllib.parse.unquote(parts.path)).read_bytes()[:MOST_SCRIPT].decode(errors="replace")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    secure = parts.scheme == "https"
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            addresses = (await names.find(parts.hostname or "", FETCH_SECONDS)).addresses
            if not addresses:
                raise OSError(because("name_without_address"))
            opened = await eyeballs.connect(addresses, parts.port or (443 if secure else 80), FETCH_SECONDS)
            stream = await exchange.over(opened)
            try:
                if secure:
                    await stream.secure(tls(), parts.hostname or "")
                page = await exchange.request(stream, parts.netloc, target, body=True, most=MOST_SCRIPT)
            finally:
                stream.close()
    except TimeoutError:
        raise OSError(because("late")) from None
    if page.status != 200:
        raise OSError(because("answers_status", status=page.status))
    return page.body.decode(errors="replace")
