"""Addresses of rooms."""

import pytest

from monitor.fleet.address import parse_address
from monitor.fleet.inventory_rows import BadCell


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("room-12.example.org", "room-12.example.org:9720"),
        ("ROOM_12.Example.org.:80", "room_12.example.org:80"),
        ("192.0.2.12", "192.0.2.12:9720"),
        ("192.0.2.12:1", "192.0.2.12:1"),
        ("2001:DB8:0::12", "[2001:db8::12]:9720"),
        ("[2001:db8::12]", "[2001:db8::12]:9720"),
        ("[2001:db8::12]:65535", "[2001:db8::12]:65535"),
        ("::1", "[::1]:9720"),
    ],
)
def test_good_ones(written: str, target: str) -> None:
    assert parse_address(written).target == target


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("room 12", "has a space in it"),
        ("http://192.0.2.12:9720/metrics", "is a web address"),
        ("192.0.2.0/24", "is a network"),
        ("room/metrics", "has a path in it"),
        ("fe80::1%eth0", "belongs to one interface"),
        ("192.0.2.300", "is no IP address"),
        ("192.0.2", "is no IP address"),
        ("１９２.0.2.1", "is no name that Prometheus looks up"),
        ("会议室.example.org", "is no name that Prometheus looks up"),
        ("2001:db8::zz", "is no IP address"),
        ("2001:db8::12:9720", "with a port or without"),
        ("[2001:db8::12", "is no IPv6 address in brackets"),
        ("[2001:db8::12]9720", "is no IPv6 address in brackets"),
        ("[192.0.2.1]:9720", "is no IPv6 address in brackets"),
        ("192.0.2.12:0", "has a port"),
        ("192.0.2.12:65536", "has a port"),
        ("192.0.2.12:", "has a port"),
        ("room:٣", "has a port"),
        (":9720", "has no host"),
        ("0.0.0.0", "no single machine"),
        ("::", "no single machine"),
        ("224.0.0.1", "no single machine"),
        ("ff02::1", "no single machine"),
        ("255.255.255.255", "no single machine"),
        ("-room.example.org", "is no name of a machine"),
        ("room..example.org", "is no name of a machine"),
        ("x" * 64, "is no name of a machine"),
        ("a.b!c", "is no name of a machine"),
    ],
)
def test_bad_ones(written: str, why: str) -> None:
    with pytest.raises(BadCell, match=why) as caught:
        parse_address(written)
    assert caught.value.remedy
