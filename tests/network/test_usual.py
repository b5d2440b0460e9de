"""What is usual in a room outlives the daemon, is bounded, and forgets what is old."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.network import link
from probes.network import usual_networks as usual
from probes.network.usual_networks import Book
from probes.reading import Reading

DAY = 86400.0


def opened(folder: Path) -> Book:
    book = Book()
    book.open(folder)
    return book


def test_what_answered_is_known_after_a_restart_in_its_own_network(tmp_path: Path) -> None:
    book = opened(tmp_path)
    book.answered("a", "internet", 1000.0)
    book.answered("a", "service meet", 1000.0)
    book.usual.had_ipv4.add("eth0")
    book.keep(1000.0)
    again = opened(tmp_path)
    assert again.answers("a", "internet", 2000.0)
    assert not again.answers("b", "internet", 2000.0)
    assert not again.answers("a", "internet", 1000.0 + 31 * DAY)
    assert again.usual.had_ipv4 == {"eth0"}
    assert (again.serves("a"), again.serves("b"), again.serving("b"), again.serving("a")) == (True, False, "a", "")


@pytest.mark.parametrize("spoiled", [b"", b"[]", b'{"networks": 3}', b"\xff\x00"])
def test_a_spoiled_file_is_begun_anew(tmp_path: Path, spoiled: bytes) -> None:
    (tmp_path / usual.FILE).write_bytes(spoiled)
    book = opened(tmp_path)
    assert not book.usual.networks
    book.answered("a", "internet", 1.0)
    book.keep(1.0)
    assert opened(tmp_path).answers("a", "internet", 2.0)


def test_a_disk_that_cannot_be_written_costs_the_memory_alone(tmp_path: Path) -> None:
    book = opened(tmp_path / "missing")
    book.answered("a", "internet", 1.0)
    book.keep(1.0)
    assert book.answers("a", "internet", 2.0)


def test_news_are_written_at_once_and_mere_times_once_an_hour(tmp_path: Path) -> None:
    book = opened(tmp_path)
    book.answered("a", "internet", 0.0)
    book.keep(0.0)
    written = (tmp_path / usual.FILE).read_bytes()
    for moment in (15.0, 30.0, 45.0):
        book.answered("a", "internet", moment)
        book.keep(moment)
    assert (tmp_path / usual.FILE).read_bytes() == written
    book.answered("a", "internet", 3700.0)
    book.keep(3700.0)
    assert (tmp_path / usual.FILE).read_bytes() != written


def test_strange_networks_and_things_do_not_pile_up(tmp_path: Path) -> None:
    book = opened(tmp_path)
    for number in range(200):
        book.answered(f"network {number}", "internet", float(number))
        book.answered("network 199", f"stun {number}", float(number))
    assert len(book.usual.networks) <= usual.MOST_NETWORKS + 1
    assert len(book.usual.networks["network 199"].answered) <= usual.MOST_THINGS


def speed(bits: float) -> Reading:
    return Reading(check="network.link", target="eth0", values={"link_bits_per_second": bits})


def test_a_port_that_runs_slower_than_before_is_told_until_that_is_the_usual(tmp_path: Path) -> None:
    book = opened(tmp_path)
    assert not link.compared(speed(1e9), book, 1e8, 0.0).finding
    slower = link.compared(speed(1e8), book, 1e8, 10.0)
    assert slower.finding == "link_slower"
    assert (slower.evidence["before_mbit"], "before=1000" in str(slower.evidence["reason"])) == (1000, True)
    assert link.compared(speed(1e8), book, 1e8, 6 * DAY).finding == "link_slower"
    assert not link.compared(speed(1e8), book, 1e8, 8 * DAY).finding
    assert not link.compared(speed(1e9), book, 1e8, 9 * DAY).finding
    assert not link.compared(speed(1e7), book, 1e8, 10 * DAY).finding, "so slow that it is a fault of its own"
