"""Three hosts in network namespaces: room — wall (router and resolver) — far (the internet), joined by veth."""

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

ROOM, WALL, FAR, FAR_OTHER = "10.77.0.2", "10.77.0.1", "10.78.0.2", "10.78.0.3"
SETTINGS: dict[str, Any] = {
    "timeout": 0.4,
    "resolvers": [WALL],
    "internet": [FAR, FAR_OTHER],
    "portal_url": "http://portal.test/",
    "portal_expect": "as expected",
    "services": ["meet"],
    "service_timeout": 2.0,
    "dns_timeout": 1.0,
    "proxy": "none",
}


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Lab:
    """Made for one test module; ``close`` removes every namespace and ends every server it started."""

    def __init__(self, folder: Path) -> None:
        for tool in ("ip", "nft", "dnsmasq", "turnserver", "busybox"):
            assert shutil.which(tool) or Path("/usr/sbin", tool).exists(), f"{tool} is missing: run scripts/test"
        self.folder = folder
        mark = f"rw{os.getpid()}"
        self.room, self.wall, self.far = f"{mark}room", f"{mark}wall", f"{mark}far"
        self.processes: list[subprocess.Popen[str]] = []
        self.dns: subprocess.Popen[str] | None = None
        for name in (self.room, self.wall, self.far):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        self.etc = Path("/etc/netns") / self.room  # ip netns exec lays this over /etc
        self.etc.mkdir(parents=True)
        (self.etc / "resolv.conf").write_text(f"nameserver {WALL}\noptions timeout:1 attempts:1\n")
        run("ip", "-n", self.room, "link", "add", "eth0", "type", "veth", "peer", "name", "in0", "netns", self.wall)
        run("ip", "-n", self.wall, "link", "add", "out0", "type", "veth", "peer", "name", "eth0", "netns", self.far)
        for name, interface, address in (
            (self.wall, "in0", f"{WALL}/24"),
            (self.wall, "out0", "10.78.0.1/24"),
            (self.far, "eth0", f"{FAR}/24"),
            (self.far, "eth0", f"{FAR_OTHER}/24"),
            (self.room, "eth0", f"{ROOM}/24"),
        ):
            run("ip", "-n", name, "address", "add", address, "dev", interface)
            run("ip", "-n", name, "link", "set", interface, "up")
        run("ip", "-n", self.room, "route", "add", "default", "via", WALL)
        run("ip", "-n", self.far, "route", "add", "default", "via", "10.78.0.1")
        self.inside(self.wall, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        make_certificates(folder)
        self.start_dns()
        self.start(self.far, sys.executable, "-m", "tests.network.far_servers", "far", str(folder))
        (folder / "services.toml").write_text(
            "".join(
                f'[{ident}]\nname = "Meet"\nurl = "https://{host}/"\nsource = "test"\ndate = "2026-11-24"\n'
                'content = "join"\nstatus = [200]\n'
                for ident, host in (
                    ("meet", "meet.test"),
                    ("expired", "expired.test:444"),
                    ("endless", "meet.test:445"),
                )
            )
        )
        self.driver: subprocess.Popen[str] = subprocess.Popen(
            ["ip", "netns", "exec", self.room, sys.executable, "-m", "tests.network.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(self.driver)

    def inside(self, name: str, *command: str) -> str:
        return run("ip", "netns", "exec", name, *command)

    def start(self, name: str, *command: str) -> subprocess.Popen[str]:
        """Start a server that says "ready" on standard output."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", name, *command], stdout=subprocess.PIPE, text=True, env={**os.environ}
        )
        self.processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        return process

    def serve(self, name: str, *command: str) -> subprocess.Popen[str]:
        """Start a server that says nothing we know; half a second is enough for it to bind."""
        process = subprocess.Popen(["ip", "netns", "exec", name, *command], stdout=subprocess.DEVNULL, text=True)
        self.processes.append(process)
        time.sleep(0.5)
        assert process.poll() is None
        return process

    def start_dns(self, *options: str) -> None:
        self.dns = subprocess.Popen(
            ["ip", "netns", "exec", self.wall, "dnsmasq", "-k", "--no-resolv", "--no-hosts", "--conf-file=/dev/null"]
            + ["--user=root", "--bind-interfaces", f"--listen-address={WALL}", "--pid-file=", "--no-dhcp-interface=in0"]
            + ["--address=/portal.test/10.78.0.2", "--address=/expired.test/10.78.0.2"]
            + (["--address=/meet.test/10.78.0.2"] if not options else list(options)),
            text=True,
        )
        time.sleep(0.2)

    def lend(self, *options: str) -> subprocess.Popen[str]:
        """A DHCP server on the wall's port; ends with ``close`` or by being killed."""
        command = [
            "dnsmasq",
            "-k",
            "--port=0",
            "--conf-file=/dev/null",
            "--user=root",
            "--interface=in0",
            "--pid-file=",
        ]
        command += [f"--dhcp-leasefile={self.folder}/leases", "--dhcp-authoritative", f"--dhcp-option=3,{WALL}"]
        return self.serve(self.wall, *command, *(options or ("--dhcp-range=10.77.0.100,10.77.0.120,2m",)))

    def stop_dns(self) -> None:
        assert self.dns is not None
        self.dns.kill()
        self.dns.wait()

    def rule(self, text: str) -> None:
        """Add one nft rule on the wall. text: "forward ..." or "dstnat ..." or "input ..."."""
        chain, _, body = text.partition(" ")
        kind = "nat" if chain == "dstnat" else "filter"
        hook = "prerouting" if chain == "dstnat" else chain
        self.inside(self.wall, "nft", "add table ip lab")
        self.inside(self.wall, "nft", f"add chain ip lab {chain} {{ type {kind} hook {hook} priority 0 ; }}")
        self.inside(self.wall, "nft", f"add rule ip lab {chain} {body}")

    def mend(self) -> None:
        subprocess.run(["ip", "netns", "exec", self.wall, "nft", "flush", "ruleset"], check=True)

    def probe(
        self, wake: str = "once", in_meeting: bool | None = False, sys: str = "/sys", **settings: Any
    ) -> dict[str, dict[str, Any]]:
        """Run the probe in the room; outcomes by check, a check's last one winning unless an earlier has a finding."""
        ask = {
            "wake": wake,
            "in_meeting": in_meeting,
            "state": str(self.folder),
            "sys": sys,
            "settings": {**SETTINGS, "services_file": str(self.folder / "services.toml")},
        }
        ask["settings"] |= {"ca_file": str(self.folder / "ca.pem"), **settings}
        assert self.driver.stdin is not None
        assert self.driver.stdout is not None
        self.driver.stdin.write(json.dumps(ask) + "\n")
        self.driver.stdin.flush()
        found: dict[str, dict[str, Any]] = {}
        for one in json.loads(self.driver.stdout.readline()):
            if not found.get(one["check"], {}).get("finding"):
                found[one["check"]] = one
        return found

    def close(self) -> None:
        for process in [*self.processes, *([self.dns] if self.dns else [])]:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        for name in (self.room, self.wall, self.far):
            subprocess.run(["ip", "netns", "delete", name], check=False)
        shutil.rmtree(self.etc)


def faults(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    """check → fault code of everything that is wrong."""
    return {check: one["fault"] for check, one in found.items() if one["fault"]}


def make_certificates(folder: Path) -> None:
    """An authority, a good certificate for meet.test, and an expired one for expired.test."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab authority")])

    def make(name: str, key: ec.EllipticCurvePrivateKey, end: timedelta, ca: bool) -> x509.Certificate:
        subject = issuer if ca else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(authority, hashes.SHA256())
        )

    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(make("ca.test", authority, timedelta(days=90), True).public_bytes(pem))
    for name, days in (("meet.test", 60), ("expired.test", -2)):
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / f"{name}.pem").write_bytes(
            make(name, key, timedelta(days=days), False).public_bytes(pem)
            + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
