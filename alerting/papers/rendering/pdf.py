"""Document → PDF. The one door to weasyprint. Refuses to print Chinese without a font that has it."""

from __future__ import annotations

import shutil
import subprocess

from alerting.papers.rendering.content import Document
from alerting.papers.rendering.html import render_html


class CannotRender(Exception):
    """Something on this machine is missing; the text says what to install."""


def render_pdf(document: Document) -> bytes:
    """Raises CannotRender when the libraries or fonts are missing."""
    if document.language.startswith("zh") and not has_chinese_font():
        raise CannotRender("no font with Chinese characters: install Debian's fonts-noto-cjk")
    try:
        import weasyprint
    except OSError as error:
        raise CannotRender(
            f"WeasyPrint cannot load Pango ({error}): install libpango-1.0-0 libpangoft2-1.0-0"
        ) from None
    return bytes(weasyprint.HTML(string=render_html(document)).write_pdf())


def has_chinese_font(fc_list: str = "fc-list") -> bool:
    """True when fontconfig knows a font for Chinese; also where fontconfig's tool is not there to ask."""
    tool = shutil.which(fc_list)
    if tool is None:
        return True
    answer = subprocess.run([tool, ":lang=zh-cn", "family"], capture_output=True, text=True, timeout=30, check=False)
    return bool(answer.stdout.strip())
