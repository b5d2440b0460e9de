"""Document → PDF. The one door to weasyprint. A language without a font is refused, for its text would be boxes."""

from __future__ import annotations

import shutil
import subprocess

from alerting.papers.rendering.content import CannotRender, Document
from alerting.papers.rendering.html import render_html
from alerting.words import LANGUAGES


def render_pdf(document: Document) -> bytes:
    """Raises CannotRender when the libraries or fonts are missing."""
    return pdf_of(render_html(document), document.language)


def pdf_of(page: str, code: str) -> bytes:
    """An HTML page printed. code: its language. Raises CannotRender."""
    language = LANGUAGES[code]
    if not has_font(language.font):
        raise CannotRender(f"no font for {language.name}: install Debian's {language.font_package}")
    try:
        import weasyprint
    except OSError as error:
        raise CannotRender(
            f"WeasyPrint cannot load Pango ({error}): install libpango-1.0-0 libpangoft2-1.0-0"
        ) from None
    return bytes(weasyprint.HTML(string=page).write_pdf())


def has_font(language: str, fc_list: str = "fc-list") -> bool:
    """Whether fontconfig knows a font for a language by its code. True for "" and where its tool is not there."""
    tool = shutil.which(fc_list)
    if not language or tool is None:
        return True
    answer = subprocess.run(
        [tool, f":lang={language}", "family"], capture_output=True, text=True, timeout=30, check=False
    )
    return bool(answer.stdout.strip())
