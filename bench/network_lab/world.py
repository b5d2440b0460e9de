"""One room's network in namespaces: room — switch — router — far, with a second way for Wi-Fi and strangers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.network_lab import far

ROOM, ROUTER, WIFI, ROUTER_FAR, FAR = "10.20.0.2", "10.20.0.1", "10.20.0.3", "198.51.100.1", "198.51.100.2"
ROOM6, ROUTER6 = "2001:db8:1::2", "2001:db8:1::1"


def run(*command: str, check: bool = True) -> str:
    return subprocess.run(command, check=check, capture_output=True, text=True).stdout


class World:
    """Made for one situation; ``close`` removes every namespace and ends every process that it started."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.room, self.switch, self.router, self.far = (f"{name}{one}" for one in ("room", "sw", "rt", "far"))
        self.processes: list[subprocess.Popen[str]] = []
        self.settings: dict[str, Any] = {}
        self.environment: dict[str, str] = {}
        for one in (self.room, self.switch, self.router, self.far):
            run("ip", "netns", "add", one)
            run("ip", "-n", one, "link", "set", "lo", "up")
        self.etc = Path("/etc/netns") / self.room  # ip netns exec lays this over /etc
        self.etc.mkdir(parents=True, exist_ok=True)
        self.resolvers(far.RESOLVER)
        (self.etc / "hosts").write_text("127.0.0.1 localhost\n")
        self._wires()
        if not (folder / "good.pem").exists():
            make_certificates(folder)
        (folder / "services.toml").write_text(
            '[meet]\nname = "Meet"\nurl = "https://meet.lab.example/"\ncontent = "join"\nstatus = [200, 302, 403]\n'
            'stun = ["relay.lab.example:3478"]\nsource = "lab"\ndate = "2026-11-24"\n'
        )
        self.servers = self.start(self.far, sys.executable, "-m", "bench.network_lab.far", str(folder))

    def _wires(self) -> None:
        self.ip(self.switch, "link add br0 type bridge")
        self.ip(self.switch, "link set br0 up")
        self.wire(self.room, "eth0", "p1")
        self.wire(self.router, "lan0", "p9")
        run("ip", "-n", self.router, "link", "add", "wan0", "type", "veth", "peer", "name", "eth0", "netns", self.far)
        for name, device, addresses in (
            (self.router, "lan0", [f"{ROUTER}/24"]),
            (self.router, "wan0", [f"{ROUTER_FAR}/24"]),
            (self.far, "eth0", [f"{FAR}/24", "2001:db8:ff::2/64"]),
            (self.room, "eth0", [f"{ROOM}/24"]),
        ):
            for one in addresses:
                self.ip(name, f"address add {one} dev {device} {'nodad' if ':' in one else ''}".strip())
            self.ip(name, f"link set {device} up")
        for one in far.ADDRESSES:
            self.ip(self.far, f"address add {one}/32 dev lo")
        for one in (far.SERVICE6, "2001:db8:2::53", "2001:db8:2::1"):
            self.ip(self.far, f"address add {one}/128 dev lo nodad")
        self.ip(self.room, f"route add default via {ROUTER}")
        self.ip(self.far, f"route add default via {ROUTER_FAR}")
        self.ip(self.router, f"route add 192.0.2.0/24 via {FAR}")
        self.inside(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def wire(self, name: str, device: str, port: str) -> None:
        """A cable from a namespace's device to a port of the switch."""
        run("ip", "-n", name, "link", "add", device, "type", "veth", "peer", "name", port, "netns", self.switch)
        self.ip(self.switch, f"link set {port} master br0")
        self.ip(self.switch, f"link set {port} up")

    def ip(self, name: str, command: str, check: bool = True) -> None:
        run("ip", "-n", name, *command.split(), check=check)

    def inside(self, name: str, *command: str) -> str:
        return run("ip", "netns", "exec", name, *command)

    def rule(self, chain: str, body: str, name: str = "", kind: str = "inet") -> None:
        """Add one nft rule, on the router where no other is named. chain: forward, input, output or dstnat."""
        where = name or self.router
        hook = "prerouting" if chain == "dstnat" else chain
        purpose = "nat" if chain == "dstnat" else "filter"
        self.inside(where, "nft", f"add table {kind} lab")
        self.inside(where, "nft", f"add chain {kind} lab {chain} {{ type {purpose} hook {hook} priority 0 ; }}")
        self.inside(where, "nft", f"add rule {kind} lab {chain} {body}")

    def resolvers(self, *addresses: str, options: str = "") -> None:
        lines = [*(f"nameserver {one}" for one in addresses), *([f"options {options}"] if options else [])]
        (self.etc / "resolv.conf").write_text("\n".join(lines) + "\n")

    def change(self, **what: Any) -> None:
        """How the far servers behave from now on."""
        assert self.servers.stdin is not None
        assert self.servers.stdout is not None
        self.servers.stdin.write(json.dumps(what) + "\n")
        self.servers.stdin.flush()
        assert self.servers.stdout.readline().strip() == "done"

    def six(self, *, leads: bool = True) -> None:
        """IPv6 for the room. leads: its router has a way out."""
        for name in (self.router, self.far):
            self.inside(name, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        self.ip(self.router, f"address add {ROUTER6}/64 dev lan0 nodad")
        self.ip(self.router, "address add 2001:db8:ff::1/64 dev wan0 nodad")
        self.ip(self.room, f"address add {ROOM6}/64 dev eth0 nodad")
        self.ip(self.room, f"route add default via {ROUTER6}")
        self.ip(self.far, "route add default via 2001:db8:ff::1")
        if leads:
            self.ip(self.router, "route add 2001:db8:2::/48 via 2001:db8:ff::2")
        else:
            self.ip(self.router, "route add blackhole 2001:db8:2::/48")
        self.settings["internet6"] = ["2001:db8:2::1"]

    def start(self, name: str, *command: str) -> subprocess.Popen[str]:
        """Start a server that says "ready" on standard output."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", name, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment},
        )
        self.processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        return process

    def serve(self, name: str, *command: str) -> subprocess.Popen[str]:
        """Start a server that says nothing we know; half a second is enough for it to bind."""
        process = subprocess.Popen(["ip", "netns", "exec", name, *command], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        time.sleep(0.5)
        assert process.poll() is None, command
        return process

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        for name in (self.room, self.switch, self.router, self.far):
            run("ip", "netns", "delete", name, check=False)
        shutil.rmtree(self.etc, ignore_errors=True)


def make_certificates(folder: Path) -> None:
    """An authority of the world and one of a middle box, and certificates of the service: one sound, the others not."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import NameOID

    now, pem = datetime.now(UTC), serialization.Encoding.PEM

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text)])

    def make(issuer: str, signer: Any, name: str, key: Any, begin: int, end: int, ca: bool) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(named(issuer if ca else name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=begin))
            .not_valid_after(now + timedelta(days=end))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(signer, hashes.SHA256())
        )

    signers = {}
    for file, text in (("ca", "Lab Authority"), ("box", "Firm Middle Box")):
        signers[file] = ec.generate_private_key(ec.SECP256R1())
        certificate = make(text, signers[file], f"{file}.example", signers[file], -60, 400, True)
        (folder / f"{file}-ca.pem").write_bytes(certificate.public_bytes(pem))
    for file, name, days, issuer, signer in (
        ("good", "meet.lab.example", (-60, 60), "Lab Authority", "ca"),
        ("expired", "meet.lab.example", (-60, -2), "Lab Authority", "ca"),
        ("future", "meet.lab.example", (20, 90), "Lab Authority", "ca"),
        ("other", "other.lab.example", (-60, 60), "Lab Authority", "ca"),
        ("block", "block.firm.example", (-60, 60), "Firm Middle Box", "box"),
        ("opened", "meet.lab.example", (-60, 60), "Firm Middle Box", "box"),
    ):
        # RSA, as most services have: with its chain it fills more than one packet, as a real handshake does.
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        chain = make(issuer, signers[signer], name, key, *days, False).public_bytes(pem)
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / f"{file}.pem").write_bytes(chain + private)
