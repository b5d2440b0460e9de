"""Document → .docx. The one door to python-docx; an own template gives its styles, header and logo."""

from __future__ import annotations

import io
from pathlib import Path

import docx
from docx.oxml.ns import qn
from docx.shared import Pt

from alerting.documents.content import Document, Grid, Heading, Items, PageBreak, Paragraph, Picture


def render_docx(document: Document, template: Path | None = None) -> bytes:
    """template: a .docx whose styles are used and whose text stays in front; None for Word's own."""
    file = docx.Document(str(template) if template else None)
    if template is None:
        normal = file.styles["Normal"]
        normal.font.name, normal.font.size = "Calibri", Pt(11)
        for name in ("Normal", "Title", "Heading 1", "Heading 2"):
            fonts = file.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
            fonts.set(qn("w:eastAsia"), "Microsoft YaHei")
    file.add_heading(document.title, 0)
    if document.subtitle:
        file.add_paragraph(document.subtitle)
    for label, value in document.facts:
        line = file.add_paragraph()
        line.add_run(f"{label} ").bold = True
        line.add_run(value)
    for block in document.blocks:
        match block:
            case Heading():
                file.add_heading(block.text, block.level)
            case Paragraph():
                file.add_paragraph(block.text)
            case Items():
                # Numbers as text: a list style would go on counting from the list before it.
                for number, item in enumerate(block.items, 1):
                    if block.numbered:
                        file.add_paragraph(f"{number}. {item}")
                    else:
                        file.add_paragraph(item, style="List Bullet")
            case Grid():
                table = file.add_table(rows=1, cols=len(block.head))
                table.style = "Table Grid"
                for cell, text in zip(table.rows[0].cells, block.head, strict=True):
                    cell.paragraphs[0].add_run(text).bold = True
                for row in block.rows:
                    for cell, text in zip(table.add_row().cells, row, strict=True):
                        cell.text = text
                file.add_paragraph()
            case Picture():
                file.add_paragraph(block.caption)
            case PageBreak():
                file.add_page_break()
    file.sections[0].footer.paragraphs[0].text = document.footer
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()
