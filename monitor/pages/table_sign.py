"""The QR code of a room: as SVG for a screen, and as a table sign in A6, both languages, as PDF."""

from __future__ import annotations

import asyncio
import html
import io
import json
import sys

import segno

from alerting.child.process_end import kill

DRAW_SECONDS = 30.0
"""A sign takes two seconds; fonts that are looked for the first time take ten more."""
_one = asyncio.Lock()


class CannotDraw(Exception):
    """Something on this machine is missing; the text says what to install."""


def qr_svg(link: str) -> bytes:
    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, scale=4)
    return out.getvalue()


async def table_sign(name: str, link: str) -> bytes:
    """The PDF, drawn in a child: its libraries never enter the daemon. One at a time. Raises CannotDraw."""
    async with _one:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "monitor.pages.table_sign",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            asked = json.dumps({"name": name, "link": link}).encode()
            made, _ = await asyncio.wait_for(child.communicate(asked), DRAW_SECONDS)
        except TimeoutError:
            raise CannotDraw("the sign was not drawn in time") from None
        finally:
            kill(child)
    if not made.startswith(b"%PDF"):
        raise CannotDraw("the sign needs libpango-1.0-0, libpangoft2-1.0-0 and fonts-noto-cjk")
    return made


def _page(name: str, link: str) -> str:
    from alerting.words import LANGUAGES, load_words

    lines = "".join(f"<p>{html.escape(load_words(one).text('pages.screen.report'))}</p>" for one in LANGUAGES)
    style = (
        "@page{size:A6;margin:9mm}body{font:15pt 'Noto Sans CJK SC','Noto Sans',sans-serif;text-align:center;margin:0}"
        "h1{font-size:19pt;margin:0 0 4mm}svg{width:68mm;height:68mm}p{margin:2mm 0}small{font-size:8pt;color:#444}"
    )
    return (
        f"<meta charset=utf-8><style>{style}</style><h1>{html.escape(name)}</h1>{qr_svg(link).decode()}{lines}"
        f"<small>{html.escape(link)}</small>"
    )


def main() -> None:
    import weasyprint

    asked = json.load(sys.stdin)
    sys.stdout.buffer.write(weasyprint.HTML(string=_page(asked["name"], asked["link"])).write_pdf())


if __name__ == "__main__":
    main()
