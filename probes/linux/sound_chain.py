"""What stands behind a source of the sound server: the sources that feed a filter, down to the hardware.

Pure: one look at the server in, nodes out. A virtual source over a muted microphone is muted, whatever it says itself.
"""

from __future__ import annotations

from collections.abc import Callable

from probes.linux.sound_devices import Node, SoundServer

MOST_LINKS = 8
"""Filters in a row; a loop of monitors ends here."""


def behind(server: SoundServer, source: Node) -> tuple[Node, ...]:
    """The sources that feed this one, nearest first; itself not among them. Empty where the server names none."""
    found: list[Node] = []
    front = [source]
    for _ in range(MOST_LINKS):
        front = [node for one in front for node in _feeds(server, one) if node not in (*found, source)]
        if not front:
            break
        found += front
    return tuple(dict.fromkeys(found))


def _feeds(server: SoundServer, node: Node) -> list[Node]:
    if node.master and (master := server.source(node.master)) is not None:
        return [master]
    if not node.virtual or not node.link:
        return []
    indexes = {stream.source for stream in server.recordings if stream.link == node.link}
    return [other for other in server.sources if other.index in indexes and other.index != node.index]


def first_where(server: SoundServer, source: Node, bad: Callable[[Node], bool]) -> Node | None:
    """The first of the source and what stands behind it that is bad (muted, turned down).

    Where a virtual source does not say what feeds it, it can only be one of the room's microphones: if all of those
    that are plugged in are bad, it is too. If only some are, nobody can tell, and None is said.
    """
    if bad(source):
        return source
    chain = behind(server, source)
    if chain:
        return next((node for node in chain if bad(node)), None)
    if not source.virtual:
        return None
    real = [node for node in server.microphones if not node.virtual and node.available]
    return real[0] if real and all(map(bad, real)) else None
