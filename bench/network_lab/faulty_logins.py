"""Networks that want a login first."""

from __future__ import annotations

from collections.abc import Iterator

from bench.network_lab import far
from bench.network_lab.situation import FULL, broken
from bench.network_lab.world import World

LOGIN = """
import socketserver
class Page(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while (line := self.rfile.readline()).strip():
            head += line
        self.wfile.write(%r if b"login.hotel" in head else %r)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
print("ready", flush=True)
Server(("0.0.0.0", 8080), Page).serve_forever()
"""


def answer(page: str, status: str = "200 OK", head: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(page)}\r\n\r\n{page}".encode()


FORM = answer("<form><input type=password name=voucher></form>")
TO_THE_FORM = answer("", "302 Found", "Location: http://login.hotel.example/welcome\r\n")


def serve_login(world: World, elsewhere: bytes) -> None:
    """elsewhere: what every other page than the form is answered with."""
    world.start(world.router, "python3", "-c", LOGIN % (FORM, elsewhere))


def login_page(world: World, elsewhere: bytes, also: str = "") -> None:
    """Every plain page is answered with this one; everything else but names is dropped."""
    serve_login(world, elsewhere)
    world.rule("dstnat", f"ip daddr 192.0.2.0/24 {also} tcp dport 80 redirect to :8080")
    world.rule("forward", f"ip daddr {far.RESOLVER} accept")
    world.rule("forward", "iifname lan0 drop")


def hotel(world: World, also: str = "") -> None:
    """Every plain page leads to the form."""
    world.ip(world.router, f"route add local {far.BLOCK}/32 dev lo")
    login_page(world, TO_THE_FORM, also)


@broken("captive_portal")
def network_wants_a_login(world: World) -> None:
    hotel(world)


@broken("captive_portal")
def login_expires(world: World) -> Iterator[None]:
    yield
    hotel(world)


@broken("captive_portal", within=FULL)
def login_page_that_lets_the_test_page_pass(world: World) -> None:
    world.rule("forward", f"ip daddr {far.PAGE} accept")
    hotel(world, also=f"ip daddr != {far.PAGE}")


@broken("captive_portal")
def login_page_to_which_every_name_leads(world: World) -> None:
    world.ip(world.router, f"route add local {far.BLOCK}/32 dev lo")
    serve_login(world, TO_THE_FORM)
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


@broken("captive_portal")
def login_page_in_place_of_every_other(world: World) -> Iterator[None]:
    yield
    login_page(world, answer("<html><form action=/go><input name=room><input type='password' name=code></form>"))


@broken("captive_portal")
def login_page_behind_an_encrypted_redirect(world: World) -> Iterator[None]:
    yield
    away = "Location: https://guest-wifi.hotel.example/splash\r\n"
    login_page(world, answer("", "307 Temporary Redirect", away))


@broken("captive_portal")
def login_page_by_a_script(world: World) -> Iterator[None]:
    yield
    login_page(world, answer("<html><script>location.href='http://10.0.0.1/portal/login.html'</script></html>"))
