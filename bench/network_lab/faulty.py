"""Networks in which something is broken: what must be told, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, broken
from bench.network_lab.sound import tunnel, wifi_too
from bench.network_lab.sound_links import resolver_here
from bench.network_lab.sound_proxies import by_script
from bench.network_lab.world import ROOM, ROUTER, ROUTER6, World, run

PATIENT = 50.0
"""What has a patience of half a minute by design, so that a cable put aside for a moment calls nobody."""


@broken("link_down")
def cable_pulled(world: World) -> Iterator[None]:
    yield
    world.ip(world.switch, "link set p1 down")


@broken("no_address")
def lease_lost(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "address flush dev eth0 scope global")


@broken("no_address")
def lease_lost_before_the_start(world: World) -> None:
    world.ip(world.room, "address flush dev eth0 scope global")


@broken("no_address")
def no_lease_and_an_ipv6_that_leads_nowhere(world: World) -> None:
    world.six(leads=False)
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")


@broken("no_ipv4_address")
def lease_lost_while_ipv6_carries_the_room(world: World) -> Iterator[None]:
    world.six()
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})
    world.resolvers("2001:db8:2::53")
    yield
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")


@broken("internet6_unreachable", within=FULL)
def ipv6_way_out_lost(world: World) -> Iterator[None]:
    world.six()
    yield
    world.rule("forward", "meta nfproto ipv6 drop")


@broken("gateway6_unreachable", within=FULL)
def ipv6_gateway_lost(world: World) -> Iterator[None]:
    world.six()
    yield
    world.ip(world.router, f"address delete {ROUTER6}/64 dev lan0")


@broken("no_route")
def way_out_lost(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "route delete default")


@broken("gateway_unreachable")
def gateway_dead(world: World) -> Iterator[None]:
    yield
    world.ip(world.switch, "link set p9 down")


@broken("gateway_unreachable")
def gateway_lost_its_address(world: World) -> Iterator[None]:
    yield
    world.ip(world.router, f"address delete {ROUTER}/24 dev lan0")


@broken("internet_unreachable")
def line_cut_silently(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "drop")


@broken("internet_unreachable")
def line_cut_and_the_router_says_so(world: World) -> Iterator[None]:
    yield
    world.ip(world.router, "route replace unreachable 192.0.2.0/24")


@broken("internet_unreachable")
def line_cut_where_targets_were_blocked(world: World) -> Iterator[None]:
    world.rule("forward", f"ip daddr {{ {', '.join(far.TARGETS)} }} drop")
    yield
    world.rule("forward", "drop")


@broken("internet_unreachable")
def line_cut_before_the_start(world: World) -> None:
    world.rule("forward", "drop")


def _forwarder(world: World) -> None:
    """The router's own resolver, which asks the far one."""
    world.resolvers(ROUTER)
    command = ["dnsmasq", "-k", "--no-resolv", f"--server={far.RESOLVER}", "--conf-file=/dev/null", "--no-hosts"]
    command += ["--user=root", "--bind-interfaces", f"--listen-address={ROUTER}", "--pid-file=", "--cache-size=0"]
    world.serve(world.router, *command)


@broken("internet_unreachable")
def line_cut_behind_a_forwarder(world: World) -> Iterator[None]:
    _forwarder(world)
    yield
    world.rule("forward", "drop")
    world.rule("output", "oifname wan0 drop")


@broken("internet_unreachable")
def line_cut_behind_a_forwarder_that_answers_servfail(world: World) -> Iterator[None]:
    _forwarder(world)
    yield
    world.rule("forward", "drop")
    world.ip(world.router, f"route add unreachable {far.RESOLVER}/32")


@broken("internet_unreachable")
def providers_resolver_lives_and_gets_no_answer_itself(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr != {far.RESOLVER} ip daddr 192.0.2.0/24 drop")
    world.change(dns={"*": {"code": "SERVFAIL"}})


@broken("dns_dead")
def resolver_silent(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"silent": True}})


@broken("dns_dead")
def resolver_refuses_connections(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "meta l4proto { tcp, udp } th dport 53 reject")


@broken("dns_dead")
def what_the_resolver_on_this_machine_asks_is_silent(world: World) -> Iterator[None]:
    resolver_here(world)
    yield
    world.change(dns={"*": {"silent": True}})


@broken("internet_unreachable")
def line_cut_behind_a_resolver_on_this_machine(world: World) -> Iterator[None]:
    resolver_here(world)
    yield
    world.rule("forward", "drop")


@broken("dns_dead")
def both_resolvers_silent(world: World) -> Iterator[None]:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER)
    yield
    world.change(dns={"*": {"silent": True}})


@broken("dns_dead")
def resolver_silent_where_targets_are_blocked(world: World) -> Iterator[None]:
    world.rule("forward", f"ip daddr {{ {', '.join(far.TARGETS)} }} drop")
    yield
    world.change(dns={"*": {"silent": True}})


@broken("dns_failing")
def resolver_says_servfail(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"code": "SERVFAIL"}})


@broken("dns_failing")
def resolver_refuses_the_name(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"code": "REFUSED"}})


@broken("dns_failing")
def resolver_does_not_know_the_name(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"names": {"meet.lab.example": None}}})


@broken("dns_failing")
def name_without_an_address(world: World) -> Iterator[None]:
    yield
    world.change(names={"meet.lab.example": []})


@broken("dns_wrong")
def first_resolver_denies_the_name(world: World) -> Iterator[None]:
    world.resolvers(far.RESOLVER, far.RESOLVER_OTHER)
    yield
    world.change(dns={far.RESOLVER: {"names": {"meet.lab.example": None}}})


@broken("dns_wrong")
def name_leads_to_this_machine(world: World) -> Iterator[None]:
    yield
    world.change(names={"meet.lab.example": ["127.0.0.1"]})


@broken("dns_wrong")
def name_leads_nowhere(world: World) -> Iterator[None]:
    yield
    world.change(names={"meet.lab.example": ["0.0.0.0"]})


@broken("dns_wrong", within=FULL)
def name_leads_to_a_block_page(world: World) -> Iterator[None]:
    yield
    world.change(names={"meet.lab.example": [far.BLOCK]}, certificate="block")


@broken("dns_wrong", within=FULL)
def name_leads_to_a_block_page_from_the_start(world: World) -> None:
    world.change(names={"meet.lab.example": [far.BLOCK]}, certificate="block")


@broken("dns_hijacked", within=FULL)
def resolver_invents_names(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"invents": far.BLOCK}})


@broken("dns_slow", within=PATIENT)
def resolver_answers_in_700_ms(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"delay": 0.7}})


@broken("dns_failing")
def resolver_answers_with_garbage(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"garbage": True}})


@broken("dns_slow", within=FULL)
def resolver_answers_in_four_seconds(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"delay": 4.0}})


@broken("dns_slow", within=70.0)
def resolver_answers_in_two_and_a_half_seconds(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"delay": 2.5}})


def _login_page(world: World, also: str = "") -> None:
    """Every plain page leads to the login, everything else is dropped."""
    world.ip(world.router, f"route add local {far.BLOCK}/32 dev lo")
    world.start(world.router, "python3", "-c", _LOGIN)
    world.rule("dstnat", f"ip daddr 192.0.2.0/24 {also} tcp dport 80 redirect to :8080")
    world.rule("forward", f"ip daddr {far.RESOLVER} accept")
    world.rule("forward", "iifname lan0 drop")


_LOGIN = """
import socketserver
class Page(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while (line := self.rfile.readline()).strip():
            head += line
        if b"login.hotel" in head:
            text = b"<form><input type=password name=voucher></form>"
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(text) + text)
        else:
            away = b"Location: http://login.hotel.example/welcome\\r\\nContent-Length: 0\\r\\n\\r\\n"
            self.wfile.write(b"HTTP/1.1 302 Found\\r\\n" + away)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
print("ready", flush=True)
Server(("0.0.0.0", 8080), Page).serve_forever()
"""


@broken("captive_portal")
def network_wants_a_login(world: World) -> None:
    _login_page(world)


@broken("captive_portal")
def login_expires(world: World) -> Iterator[None]:
    yield
    _login_page(world)


@broken("captive_portal", within=FULL)
def login_page_that_lets_the_test_page_pass(world: World) -> None:
    world.rule("forward", f"ip daddr {far.PAGE} accept")
    _login_page(world, also=f"ip daddr != {far.PAGE}")


@broken("captive_portal")
def login_page_to_which_every_name_leads(world: World) -> None:
    world.ip(world.router, f"route add local {far.BLOCK}/32 dev lo")
    world.start(world.router, "python3", "-c", _LOGIN)
    world.rule("dstnat", f"ip daddr {far.BLOCK} tcp dport 80 redirect to :8080")
    names = ("meet.lab.example", "page.lab.example", "relay.lab.example")
    world.change(dns={"*": {"invents": far.BLOCK, "names": {one: [far.BLOCK] for one in names}}})
    world.rule("forward", f"ip daddr {far.RESOLVER} accept")
    world.rule("forward", "iifname lan0 drop")


@broken("captive_portal")
def network_says_that_it_wants_a_login(world: World) -> Iterator[None]:
    yield
    world.change(page="Pay at the desk", page_status="511 Network Authentication Required")
    world.rule("forward", f"ip daddr {far.PAGE} accept")
    world.rule("forward", f"ip daddr {far.RESOLVER} accept")
    world.rule("forward", "iifname lan0 drop")


@broken("proxy_unreachable", within=FULL)
def proxy_dead(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.rule("forward", f"ip daddr {far.PROXY} drop")


@broken("proxy_failing", within=FULL)
def proxy_takes_connections_and_answers_nothing(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.change(proxy="silent")


@broken("proxy_failing", within=FULL)
def proxy_forbids_the_service(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.change(proxy="403")


@broken("proxy_failing", within=FULL)
def proxy_wants_a_login(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.change(proxy="407")


@broken("proxy_unreachable", within=FULL)
def the_proxy_of_a_pac_script_dies(world: World) -> Iterator[None]:
    by_script(world)
    yield
    world.inside(world.router, "nft", "insert", "rule", "inet", "lab", "forward", f"ip daddr {far.PROXY} drop")


@broken("vpn_dead")
def vpn_carries_nothing(world: World) -> Iterator[None]:
    yield
    tunnel(world, leads=False)


@broken("duplicate_address")
def address_used_twice(world: World) -> Iterator[None]:
    yield
    world.wire(world.far, "twin0", "p7")
    world.ip(world.far, "link set twin0 up")
    world.ip(world.far, f"address add {ROOM}/32 dev twin0")
    world.inside(world.far, "sysctl", "-qw", "net.ipv4.conf.twin0.rp_filter=0")


@broken("duplicate_gateway")
def second_machine_at_the_gateways_address(world: World) -> Iterator[None]:
    yield
    run("ip", "netns", "exec", world.switch, "ip", "address", "add", f"{ROUTER}/32", "dev", "br0")


@broken("another_network", within=FULL)
def port_in_another_vlan(world: World) -> Iterator[None]:
    yield
    world.ip(world.router, "address add 10.66.0.1/24 dev lan0")
    world.rule("forward", "ip saddr 10.66.0.0/24 drop")
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    world.ip(world.room, "address add 10.66.0.9/24 dev eth0")
    world.ip(world.room, "route replace default via 10.66.0.1")


@broken("another_network", within=FULL)
def rogue_dhcp_server_gave_another_gateway(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "route replace default via 10.20.0.66")
    run("ip", "netns", "exec", world.switch, "ip", "address", "add", "10.20.0.66/24", "dev", "br0")


@broken("wired_link_down", within=PATIENT)
def cable_pulled_and_wifi_takes_over(world: World) -> Iterator[None]:
    wifi_too(world)
    yield
    world.ip(world.switch, "link set p1 down")
    world.ip(world.room, "address flush dev eth0")


@broken("wired_no_address", within=PATIENT)
def cable_without_lease_and_wifi_takes_over(world: World) -> Iterator[None]:
    wifi_too(world)
    yield
    world.ip(world.room, "address flush dev eth0")


@broken("wired_no_address", within=PATIENT)
def cable_without_lease_from_the_start(world: World) -> None:
    wifi_too(world)
    world.ip(world.room, "address flush dev eth0 scope global")
