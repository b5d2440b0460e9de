"""Networks in which something near the room is broken: its own rules, its port, what a lease brings, a full line."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, MEDIA, broken
from bench.network_lab.sound import wifi_too
from bench.network_lab.world import ROOM, World

LOGIN = """
import socketserver
class Page(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip():
            pass
        text = b"%(page)s"
        self.wfile.write(b"HTTP/1.1 %(status)s\\r\\n%(head)sContent-Length: %%d\\r\\n\\r\\n" %% len(text) + text)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
print("ready", flush=True)
Server(("0.0.0.0", 8080), Page).serve_forever()
"""


def login_page(world: World, page: str, status: str = "200 OK", head: str = "") -> None:
    """Every plain page is answered with this one; everything else but names is dropped."""
    world.start(world.router, "python3", "-c", LOGIN % {"page": page, "status": status, "head": head})
    world.rule("dstnat", "ip daddr 192.0.2.0/24 tcp dport 80 redirect to :8080")
    world.rule("forward", f"ip daddr {far.RESOLVER} accept")
    world.rule("forward", "iifname lan0 drop")


@broken("media_udp_blocked", within=MEDIA)
def own_firewall_forbids_udp(world: World) -> Iterator[None]:
    yield
    world.rule("output", "udp dport != 53 drop", world.room)


@broken("dns_dead")
def own_firewall_forbids_names(world: World) -> Iterator[None]:
    yield
    world.rule("output", "meta l4proto { tcp, udp } th dport 53 drop", world.room)


@broken("link_down")
def network_adapter_is_gone(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "link delete eth0")


@broken("no_address")
def address_that_the_pc_gave_itself(world: World) -> Iterator[None]:
    yield
    world.ip(world.room, "address flush dev eth0 scope global")
    world.ip(world.room, "address add 169.254.7.9/16 dev eth0 scope link")


@broken("no_route")
def lease_without_a_gateway_from_the_start(world: World) -> None:
    world.ip(world.room, "route delete default")


@broken("dns_dead")
def lease_without_a_resolver(world: World) -> Iterator[None]:
    yield
    (world.etc / "resolv.conf").write_text("# by a lease that named none\n")


@broken("gateway_unreachable")
def switch_locks_the_port(world: World) -> Iterator[None]:
    """As 802.1X does when a login has run out: the link stays up, and so does the address."""
    yield
    world.rule("forward", "iifname p1 drop", world.switch, "bridge")
    world.rule("forward", "oifname p1 drop", world.switch, "bridge")


@broken("gateway_unreachable")
def gateway_dead_beside_a_wifi_that_nobody_turned_to(world: World) -> Iterator[None]:
    wifi_too(world)
    world.wire(world.router, "lan1", "p8")
    yield
    world.rule("forward", "iifname p1 drop", world.switch, "bridge")
    world.rule("forward", "oifname p1 drop", world.switch, "bridge")


@broken("captive_portal")
def login_page_in_place_of_every_other(world: World) -> Iterator[None]:
    yield
    login_page(world, "<html><form action=/go><input name=room><input type='password' name=code></form>")


@broken("captive_portal")
def login_page_behind_an_encrypted_redirect(world: World) -> Iterator[None]:
    yield
    login_page(world, "", "307 Temporary Redirect", "Location: https://guest-wifi.hotel.example/splash\\r\\n")


@broken("captive_portal")
def login_page_by_a_script(world: World) -> Iterator[None]:
    yield
    login_page(world, "<html><script>location.href='http://10.0.0.1/portal/login.html'</script></html>")


@broken("service_unreachable", within=FULL)
def service_that_only_a_dead_ipv6_would_reach(world: World) -> Iterator[None]:
    world.six(leads=False)
    world.change(names={"meet.lab.example": [far.SERVICE6, far.SERVICE]})
    yield
    world.rule("forward", f"ip daddr {far.SERVICE} drop")


@broken("service_refuses", within=FULL)
def service_answers_429(world: World) -> Iterator[None]:
    yield
    world.change(service="429 Too Many Requests")


@broken("service_unreachable", within=FULL)
def proxy_cannot_reach_the_service(world: World) -> Iterator[None]:
    world.settings["proxy"] = f"http://{far.PROXY}:3128"
    yield
    world.change(proxy="502")


@broken("media_loss", within=MEDIA)
def answers_alone_are_lost(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip saddr {far.RELAY} numgen random mod 100 < 15 drop")


@broken("media_loss", within=MEDIA)
def packets_are_lost_in_bursts(world: World) -> Iterator[None]:
    yield
    world.rule("forward", f"ip daddr {far.RELAY} numgen inc mod 20 < 5 drop")


@broken("media_delay", within=MEDIA, may=("media_loss", "media_jitter", "media_quality", "dns_slow", "service_slow"))
def delay_under_load(world: World) -> Iterator[None]:
    """Somebody's upload fills the queue of a line of one megabit."""
    yield
    line = ["tc", "qdisc", "add", "dev", "wan0", "root", "tbf", "rate", "1mbit", "burst", "5kb", "latency", "900ms"]
    world.inside(world.router, *line)
    world.start(world.room, "python3", "-c", UPLOAD)


UPLOAD = """
import socket, time
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)
begun, sent, ahead = time.monotonic(), 0, 80
while True:
    made.sendto(bytes(1200), ("192.0.2.20", 9))
    sent += 1
    time.sleep(max(0.0, begun + (sent - ahead) * 1242 * 8 / 985e3 - time.monotonic()))
"""
"""First it fills the queue, then it sends nearly as much as the line takes."""


@broken("duplicate_address")
def address_used_twice_after_a_while(world: World) -> Iterator[None]:
    """By a machine that only claims it and answers, without a word of its own."""
    yield
    world.ip(world.switch, "link set br0 up")
    world.ip(world.switch, f"address add {ROOM}/32 dev br0")


@broken("another_network", within=FULL)
def guest_network_without_a_login(world: World) -> Iterator[None]:
    """Pages anywhere are reached, the firm's meeting service is not."""
    yield
    world.ip(world.router, "address add 10.88.0.1/22 dev lan0")
    world.rule("forward", f"ip saddr 10.88.0.0/22 ip daddr {far.SERVICE} drop")
    world.rule("forward", f"ip saddr 10.88.0.0/22 ip daddr {far.RELAY} drop")
    world.ip(world.room, f"address delete {ROOM}/24 dev eth0")
    world.ip(world.room, "address add 10.88.1.9/22 dev eth0")
    world.ip(world.room, "route replace default via 10.88.0.1")


@broken("dns_dead")
def names_that_only_fit_into_tcp_which_is_blocked(world: World) -> Iterator[None]:
    yield
    world.change(dns={"*": {"cut": True}})
    world.rule("forward", "tcp dport 53 drop")


@broken("dns_failing")
def proxy_whose_name_is_gone(world: World) -> Iterator[None]:
    world.settings["proxy"] = "http://proxy.lab.example:3128"
    yield
    world.change(dns={"*": {"names": {"proxy.lab.example": None}}})


@broken("service_unreachable", within=FULL, may=("media_udp_blocked",))
def echoes_pass_and_connections_do_not(world: World) -> Iterator[None]:
    yield
    world.rule("forward", "tcp dport { 80, 443 } drop")
