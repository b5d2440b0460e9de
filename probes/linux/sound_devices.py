"""What a sound server holds: sources, sinks, defaults, and which programs record from what or play."""

from __future__ import annotations

from dataclasses import dataclass

from probes.why import Why


class SoundServerError(Exception):
    """No usable sound server. remedy says what to do; other_user names the user whose server it is, or "".
    garbled: it answered, and we do not understand it."""

    def __init__(self, reason: Why, remedy: Why | None = None, other_user: str = "", *, garbled: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.other_user = other_user
        self.garbled = garbled


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One source (microphone) or sink (speaker).

    index: the server's number, never given again while the server runs; name: stable over replugging.
    volume: the loudest channel, 1.0 is 100 %. monitor: a source that only repeats what a sink plays.
    available: False where the server knows that nothing is plugged into its port.
    virtual: made by a program or a module of the server (a filter, an echo canceller, a remap), no device of its own.
    link: what it has in common with the streams that feed it; master: the name of the source that feeds it; "" where
    the server does not say.
    """

    index: int
    name: str
    description: str = ""
    state: str = ""
    muted: bool = False
    volume: float = 1.0
    monitor: bool = False
    channels: int = 0
    rate: int = 0
    card: str = ""
    bus: str = ""
    available: bool = True
    virtual: bool = False
    link: str = ""
    master: str = ""


ANY_SOURCE = -2
"""Source of a recording that we do not understand: it may be any, so none may be taken for free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A program that has a source open. source: its index, or ANY_SOURCE. corked: it holds the stream and takes no
    sound. link: as a Node's. meter: it takes only how loud it is, for a volume control's bar."""

    source: int
    pid: int
    program: str
    corked: bool = False
    link: str = ""
    meter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundServer:
    """One look at the server.

    garbled: what of its sources and sinks we do not understand, in the decoder's words, "" for nothing: of these it is
    not known whether they are there. playing: names of programs that play something, by the index of the sink.
    """

    name: str
    sources: tuple[Node, ...]
    sinks: tuple[Node, ...]
    default_source: str
    default_sink: str
    recordings: tuple[Recording, ...]
    garbled: str = ""
    playing: tuple[tuple[int, str], ...] = ()

    @property
    def microphones(self) -> tuple[Node, ...]:
        """Sources that are not the monitor of a sink."""
        return tuple(source for source in self.sources if not source.monitor)

    def source(self, name: str) -> Node | None:
        return next((node for node in self.sources if node.name == name), None)

    def sink(self, name: str) -> Node | None:
        return next((node for node in self.sinks if node.name == name), None)

    def holders_of(self, source: Node) -> tuple[Recording, ...]:
        """Programs that take sound from a source, directly or through a filter of the server (echo cancelling).

        A filter's own stream has no pid; it alone is nobody: only who records from somewhere else is behind it.
        """
        streams = [stream for stream in self.recordings if not stream.corked and not stream.meter]
        if unclear := tuple(stream for stream in streams if stream.source == ANY_SOURCE):
            return unclear
        direct = [stream for stream in streams if stream.source == source.index]
        programs = tuple(stream for stream in direct if stream.pid)
        if programs or not direct:
            return programs
        return tuple(stream for stream in streams if stream.pid and stream.source != source.index)
