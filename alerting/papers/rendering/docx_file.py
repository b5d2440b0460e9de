"""Document → .docx. The one door to python-docx; an own template gives its styles, header and logo."""

from __future__ import annotations

import datetime as dt
import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Pt, RGBColor

from alerting.papers.rendering.content import (
    Block,
    Callout,
    CannotRender,
    Document,
    Grid,
    Heading,
    Items,
    KeyFigures,
    Marked,
    PageBreak,
    Paragraph,
    Picture,
    Run,
    Tone,
    text_of,
)
from alerting.papers.rendering.picture import png_of
from alerting.words import LANGUAGES

log = logging.getLogger(__name__)

_TONES: dict[Tone, tuple[int, int, int]] = {"good": (0x2E, 0x7D, 0x4F), "bad": (0xB3, 0x26, 0x1E), "quiet": (102,) * 3}
_SHADES: dict[Tone, str] = {"plain": "EEF3F9", "good": "EBF5EF", "bad": "FBECEB", "quiet": "F4F5F7"}


AUTHOR = "Roomwatch"
"""Author of a document that names no organisation."""
WESTERN = "en-US"
EASTERN = "zh-CN"
"""The languages of Latin text, and of East Asian text within a document of another script."""


def render_docx(document: Document, template: Path | None = None) -> bytes:
    """template: a .docx whose styles are used and whose text stays in front; None for Word's own. Raises CannotRender
    where the template does not serve."""
    if template is None:
        file = docx.Document()
        _own_styles(file)
        return _filled(file, document)
    file = _opened(template)
    try:
        return _filled(file, document)
    except KeyError as error:  # python-docx names the style that it looks for
        missing = str(error.args[0]) if error.args else "a style is missing"
        raise CannotRender(f"{template}: {missing}. Add it in Word, or make the template from a blank file.") from None


def _opened(template: Path) -> Any:
    """python-docx has no error of its own for most of what a file may be."""
    try:
        if not template.is_file():
            raise CannotRender(f"{template} is no file.")
        content = template.read_bytes()
    except OSError as error:
        raise CannotRender(f"the template {template} cannot be read: {error.strerror}.") from None
    try:
        return docx.Document(io.BytesIO(content))
    except Exception as error:
        log.debug("%s: %s", template, error)
        raise CannotRender(
            f"{template} is no Word file (.docx). Save it in Word as one, not as .doc or .dotx."
        ) from None


def _filled(file: Any, document: Document) -> bytes:
    _properties(file, document)
    if document.above:
        file.add_paragraph().add_run(document.above).bold = True
    file.add_heading(document.title, 0)
    if document.mark:
        _write(file.add_paragraph(), Marked(document.mark, "bad"), bold=True)
    if document.subtitle:
        file.add_paragraph(document.subtitle)
    for label, value in document.facts:
        line = file.add_paragraph()
        line.paragraph_format.space_after = Pt(0)
        line.add_run(f"{label} ").bold = True
        line.add_run(value)
    for block in document.blocks:
        _add(file, block)
    file.sections[0].footer.paragraphs[0].text = document.footer
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def _properties(file: Any, document: Document) -> None:
    """Title, author and language. The language of East Asian text is set apart, for by it Word picks fonts, breaks
    lines and checks spelling."""
    about = file.core_properties
    about.title, about.author = document.title, document.above or AUTHOR
    about.subject, about.language = document.subtitle, document.language
    about.comments = ""  # python-docx writes its own name there
    about.created = about.modified = dt.datetime.now(dt.UTC)
    defaults = file.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr")
    for properties in [*defaults, file.styles["Normal"].element.get_or_add_rPr()]:
        for old in properties.findall(qn("w:lang")):
            properties.remove(old)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), WESTERN)
        language.set(qn("w:eastAsia"), EASTERN if LANGUAGES[document.language].spaced else document.language)
        properties.append(language)


def _own_styles(file: Any) -> None:
    normal = file.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Caption"):
        fonts = file.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), "Microsoft YaHei")
    section = file.sections[0]
    section.page_width, section.page_height = Emu(7560310), Emu(10692130)  # A4
    section.left_margin = section.right_margin = Emu(720000)


def _add(file: Any, block: Block) -> None:
    match block:
        case Heading():
            file.add_heading(block.text, block.level)
        case Paragraph():
            _runs(file.add_paragraph(), block.runs or (Run(block.text),))
        case Items():
            # Numbers as text: a list style would go on counting from the list before it.
            for number, item in enumerate(block.items, 1):
                runs = block.runs[number - 1] if block.runs else (Run(item),)
                if block.numbered:
                    _runs(file.add_paragraph(), (Run(f"{number}. "), *runs))
                else:
                    _runs(file.add_paragraph(style="List Bullet"), runs)
        case Grid():
            _grid(file, block)
        case KeyFigures():
            _figures(file, block)
        case Callout():
            line = file.add_paragraph(block.text)
            line.paragraph_format.element.get_or_add_pPr().append(_shade(_SHADES[block.tone]))
        case Picture():
            _picture(file, block)
        case PageBreak():
            file.add_page_break()


def _runs(paragraph: Any, runs: Sequence[Run]) -> None:
    for one in runs:
        paragraph.add_run(one.text).bold = one.bold or None


def _write(paragraph: Any, cell: str | Marked, *, bold: bool = False, size: float = 0.0) -> None:
    text, tone = (cell, "plain") if isinstance(cell, str) else (cell.text, cell.tone)
    run = paragraph.add_run(text)
    run.bold = bold or tone == "bad" or None
    if tone in _TONES:
        run.font.color.rgb = RGBColor(*_TONES[tone])
    if size:
        run.font.size = Pt(size)


def _grid(file: Any, grid: Grid) -> None:
    table = file.add_table(rows=1, cols=len(grid.head))
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, grid.head, strict=True):
        _write(cell.paragraphs[0], text, bold=True, size=9.5)
        cell._tc.get_or_add_tcPr().append(_shade("EEF3F9"))
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(header)
    for row in grid.rows:
        for cell, content in zip(table.add_row().cells, row, strict=True):
            _write(cell.paragraphs[0], content, size=9.5)
    for row in table.rows:  # a row that two pages share is read as two
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for line in (line for row in table.rows for cell in row.cells for line in cell.paragraphs):
        line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(2)
    if grid.widths:
        _set_widths(file, table, grid.widths)
    file.add_paragraph()


def _set_widths(file: Any, table: Any, widths: Sequence[int]) -> None:
    section = file.sections[-1]
    room = section.page_width - section.left_margin - section.right_margin
    table.autofit = False
    for column, part in zip(table.columns, widths, strict=True):
        column.width = Emu(room * part // sum(widths))  # the grid, which LibreOffice obeys
        for cell in column.cells:
            cell.width = Emu(room * part // sum(widths))


def _figures(file: Any, figures: KeyFigures) -> None:
    table = file.add_table(rows=1, cols=len(figures.items))
    table.style = "Table Grid"
    for cell, one in zip(table.rows[0].cells, figures.items, strict=True):
        _write(cell.paragraphs[0], Marked(one.label, "quiet"), size=9)
        _write(cell.add_paragraph(), Marked(one.value, one.tone), bold=True, size=14)
        _write(cell.add_paragraph(), Marked(one.note, "quiet"), size=8.5)
    file.add_paragraph()


def _picture(file: Any, picture: Picture) -> None:
    """The chart; where it cannot be drawn its table, else at least what it would have shown."""
    made = png_of(picture.svg)
    if made is not None:
        section = file.sections[-1]
        room = section.page_width - section.left_margin - section.right_margin
        shape = file.add_picture(io.BytesIO(made), width=Emu(room))
        about = shape._inline.docPr
        about.set("descr", _described(picture))  # read out to those who cannot see it
        about.set("title", picture.caption)
        file.paragraphs[-1].paragraph_format.keep_with_next = True
    elif picture.table is not None:
        _grid(file, picture.table)
    style = "Caption" if "Caption" in file.styles else None  # an own template may have none
    file.add_paragraph(picture.caption, style=style)


def _described(picture: Picture) -> str:
    """The caption, and the figures of the chart where there is a table of them."""
    if picture.table is None:
        return picture.caption
    rows = ("  ".join(map(text_of, row)) for row in picture.table.rows)
    return "\n".join([picture.caption, *rows])


def _shade(fill: str) -> Any:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), fill)
    return shade
