"""Networks in which meetings work by way of a proxy, or where a web filter stands in the way of plain pages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import healthy
from bench.network_lab.world import World


def behind_a_proxy(world: World, address: str) -> None:
    world.rule("forward", f"ip daddr {far.PROXY} accept")
    world.rule("forward", f"ip daddr {far.RESOLVER} accept")
    world.rule("forward", "ip daddr 192.0.2.0/24 drop")
    world.settings["proxy"] = f"http://{address}:3128"


@healthy()
def everything_goes_through_a_proxy(world: World) -> None:
    behind_a_proxy(world, far.PROXY)


@healthy()
def proxy_resolves_the_names(world: World) -> None:
    behind_a_proxy(world, far.PROXY)
    world.change(dns={"*": {"code": "NXDOMAIN"}})


@healthy()
def proxy_by_name_and_split_dns(world: World) -> None:
    behind_a_proxy(world, "proxy.lab.example")
    world.change(dns={far.RESOLVER: {"names": {"meet.lab.example": None}}})


SCRIPT = """function FindProxyForURL(url, host) {{
  if (isPlainHostName(host) || isInNet(dnsResolve(host), "10.0.0.0", "255.0.0.0")) return "DIRECT";
  if (!isInNet(myIpAddress(), "10.20.0.0", "255.255.0.0")) return "PROXY 192.0.2.99:1";
  return {answer};
}}"""
"""As firms write them: by name, by address and by where the machine is."""


def by_script(world: World, answer: str = f'"PROXY {far.PROXY}:3128"') -> None:
    """The way out is by what a PAC script says; all else is blocked."""
    behind_a_proxy(world, far.PROXY)
    world.settings |= {"proxy": "", "pac_url": f"http://{far.PROXY}/proxy.pac"}
    world.change(pac=SCRIPT.format(answer=answer))


@healthy()
def proxy_by_a_pac_script(world: World) -> None:
    by_script(world)


@healthy()
def pac_script_that_the_browsers_policy_names(world: World) -> None:
    by_script(world)
    place = world.etc / "chromium/policies/managed/firm.json"
    place.parent.mkdir(parents=True)
    policy = {"ProxyMode": "pac_script", "ProxyPacUrl": world.settings.pop("pac_url")}
    place.write_text(json.dumps(policy))


@healthy()
def proxy_that_the_browsers_policy_names(world: World) -> None:
    behind_a_proxy(world, far.PROXY)
    world.settings["proxy"] = ""
    place = world.etc / "chromium/policies/managed/firm.json"
    place.parent.mkdir(parents=True)
    settings = {"ProxyMode": "fixed_servers", "ProxyServer": f"{far.PROXY}:3128", "ProxyBypassList": ".firm.example"}
    place.write_text(json.dumps({"ProxySettings": settings}))


@healthy()
def pac_script_whose_first_proxy_is_dead(world: World) -> None:
    by_script(world, f'"PROXY 192.0.2.99:3128; PROXY {far.PROXY}:3128"')


@healthy()
def pac_script_where_names_are_known_to_the_proxy_alone(world: World) -> None:
    by_script(world)
    world.change(dns={"*": {"code": "NXDOMAIN"}})


@healthy()
def pac_script_that_sends_the_service_past_the_proxy(world: World) -> None:
    by_script(world, f'host == "meet.lab.example" ? "DIRECT" : "PROXY {far.PROXY}:3128"')
    world.inside(world.router, "nft", "insert", "rule", "inet", "lab", "forward", f"ip daddr {far.SERVICE} accept")


@healthy()
def pac_script_that_is_none(world: World) -> None:
    by_script(world)
    world.change(pac="<html>Not found</html>")


@healthy()
def pac_script_that_is_gone_where_nobody_needs_it(world: World) -> None:
    world.settings |= {"proxy": "", "pac_url": f"http://{far.PROXY}/proxy.pac"}


@healthy()
def pac_script_that_never_ends(world: World) -> None:
    by_script(world)
    world.change(pac="function FindProxyForURL(url, host) { for (;;); }")


@healthy()
def pac_script_that_cannot_be_fetched_for_a_while(world: World) -> Iterator[None]:
    by_script(world)
    yield
    world.change(pac="")


@healthy()
def web_filter_forbids_the_test_page(world: World) -> None:
    world.change(page="Access denied: this category is blocked by policy", page_status="403 Forbidden")


@healthy()
def web_filter_redirects_the_test_page(world: World) -> None:
    head = "Location: http://block.firm.example/blocked?url=page.lab.example\r\n"
    world.change(page="", page_status="302 Found", page_head=head)


@healthy()
def test_page_is_silent(world: World) -> None:
    world.rule("forward", f"ip daddr {far.PAGE} drop")


@healthy()
def plain_pages_are_all_blocked(world: World) -> None:
    text = "Plain HTTP is forbidden here by the firm's policy"
    world.change(page=text, page_status="403 Forbidden", plain=text)
