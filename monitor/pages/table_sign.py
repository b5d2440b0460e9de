"""The QR code of a room: as SVG for a screen, and as a table sign in A6, both languages, as PDF."""

from __future__ import annotations

import asyncio
import html
import io
import json
import logging
import subprocess
import sys
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from time import monotonic

from alerting.child.last_words import in_brackets
from alerting.child.process_end import kill

log = logging.getLogger(__name__)

DRAW_SECONDS = 60.0
"""A sign takes two seconds; fonts that are looked for the first time take ten, on a busy PC several times that."""
SIGNS_A_SECOND = 2.0
"""Signs that are drawn in a second, in one PDF of many. A quiet machine of 2026 draws 15."""
_CHILD = (sys.executable, "-P", "-m", "monitor.pages.table_sign")


@dataclass(frozen=True, slots=True)
class TableSign:
    """What stands on one: the room's name, the address behind the code, and where the room is, "" for nothing."""

    name: str
    link: str
    place: str = ""


class CannotDraw(Exception):
    """Something on this machine is missing; the text says what to install. busy: it has to be asked again later."""

    def __init__(self, text: str, *, busy: bool = False) -> None:
        super().__init__(text)
        self.busy = busy


KEPT = 8
"""Signs that are given again as they were drawn: a room has one, in one or two names of its address."""
FRESH, WITHIN = 6, 60.0
"""Signs that are drawn anew within so many seconds: whoever asks by ever new names must not busy the room's PC."""
_one = asyncio.Lock()
_drawn_at: deque[float] = deque(maxlen=FRESH)
_kept: OrderedDict[TableSign, bytes] = OrderedDict()


def qr_svg(link: str) -> bytes:
    import segno  # with the first code that is drawn: 0.8 MiB

    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, scale=4)
    return out.getvalue()


async def table_sign(name: str, link: str) -> bytes:
    """The PDF, drawn in a child: its libraries never enter the daemon. One at a time. Raises CannotDraw."""
    async with _one:
        sign = TableSign(name, link)
        if sign not in _kept:
            if len(_drawn_at) == FRESH and monotonic() - _drawn_at[0] < WITHIN:
                raise CannotDraw("too many signs were asked for within a minute", busy=True)
            _drawn_at.append(monotonic())
            _kept[sign] = await _draw(sign)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return _kept[sign]


async def _draw(sign: TableSign) -> bytes:
    child = await asyncio.create_subprocess_exec(
        *_CHILD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DRAW_SECONDS):
            made, complaint = await child.communicate(_asked([sign]))
    except TimeoutError:
        raise CannotDraw("the sign was not drawn in time", busy=True) from None
    finally:
        kill(child)
    if child.returncode:
        log.warning("drawing a sign ended with code %s%s", child.returncode, in_brackets(complaint))
    if (child.returncode or 0) < 0:  # somebody ended it, or memory ran out: nothing has to be installed
        raise CannotDraw("the sign was not drawn: its child was ended", busy=True)
    return _drawn(made)


def table_signs(signs: Sequence[TableSign]) -> bytes:
    """One PDF with a page for each sign, drawn in a child. Blocks: for commands. Raises CannotDraw."""
    seconds = DRAW_SECONDS + len(signs) / SIGNS_A_SECOND
    try:
        done = subprocess.run(
            _CHILD, input=_asked(signs), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise CannotDraw("the signs were not drawn in time") from None
    return _drawn(done.stdout)


def _asked(signs: Sequence[TableSign]) -> bytes:
    return json.dumps([asdict(sign) for sign in signs]).encode()


def _drawn(made: bytes) -> bytes:
    if not made.startswith(b"%PDF"):
        raise CannotDraw("the sign needs libpango-1.0-0, libpangoft2-1.0-0 and fonts-noto-cjk")
    return made


def _pages(signs: Sequence[Mapping[str, str]]) -> str:
    from alerting.words import LANGUAGES, load_words

    lines = "".join(f"<p>{html.escape(load_words(one).text('pages.screen.report'))}</p>" for one in LANGUAGES)
    style = (
        "@page{size:A6;margin:9mm}body{font:15pt 'Noto Sans CJK SC','Noto Sans',sans-serif;text-align:center;margin:0}"
        "section+section{break-before:page}h1{font-size:19pt;margin:0 0 4mm;overflow-wrap:anywhere}"
        "svg{width:68mm;height:68mm}p{margin:2mm 0}small{display:block;font-size:8pt;color:#444;overflow-wrap:anywhere}"
    )
    pages = "".join(
        f"<section><h1>{html.escape(sign['name'])}</h1>{qr_svg(sign['link']).decode()}{lines}"
        f"<small>{html.escape(sign['place'])}</small><small>{html.escape(sign['link'])}</small></section>"
        for sign in signs
    )
    return f"<meta charset=utf-8><style>{style}</style>{pages}"


def main() -> None:
    import weasyprint

    asked = json.load(sys.stdin)
    sys.stdout.buffer.write(weasyprint.HTML(string=_pages(asked)).write_pdf())


if __name__ == "__main__":
    main()
