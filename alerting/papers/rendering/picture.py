"""SVG → PNG for formats that cannot draw SVG, by WeasyPrint and poppler's pdftoppm. Does not fail: None without them.

The chart is laid out by the very program that prints the PDF, so that both show the same.
"""

from __future__ import annotations

import re
import shutil
import subprocess

RESOLUTION = 200
"""Dots per inch: sharp on paper, and a chart stays below 100 KiB."""


def png_of(svg: str, pdftoppm: str = "pdftoppm") -> bytes | None:
    """The picture; None where poppler-utils is not installed (the caller prints the figures instead)."""
    tool = shutil.which(pdftoppm)
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    if tool is None or size is None:
        return None
    try:
        import weasyprint
    except OSError:
        return None
    width, height = size.groups()
    style = f"@page {{ size: {width}px {height}px; margin: 0 }} body {{ margin: 0 }} svg {{ display: block }}"
    page = f"<style>{style}</style>{svg}"
    pdf = weasyprint.HTML(string=page).write_pdf()
    command = [tool, "-png", "-r", str(RESOLUTION), "-singlefile", "-"]
    made = subprocess.run(command, input=pdf, capture_output=True, timeout=60, check=False)
    return made.stdout if made.returncode == 0 and made.stdout else None
