"""The Word file tells what it is to Word, to LibreOffice and to a screen reader."""

from __future__ import annotations

import io
import os
import re
import subprocess
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn

from alerting.papers.rendering.charts.svg import Sheet
from alerting.papers.rendering.content import CannotRender, Document, Grid, Heading, Items, Paragraph, Picture
from alerting.papers.rendering.docx_file import render_docx
from alerting.papers.rendering.html import render_html

OFFICE = "soffice"  # libreoffice-writer-nogui of scripts/debian-packages-test


def paper(language: str, footer: str = "Roomwatch · 1") -> Document:
    sheet = Sheet(40)
    sheet.rect(0, 0, 40, 40, "#1f5fa8")
    table = Grid(("room", "faults"), (("301", "3"), ("302", "1")))
    return Document(
        title="故障报告" if language == "zh-CN" else "Report",
        language=language,
        above="某某公司",
        subtitle="2026-11",
        footer=footer,
        blocks=(
            Heading("概况"),
            Heading("时间", 2),
            Paragraph("已恢复。It works."),
            Picture(sheet.finish("faults"), "各会议室故障数", table),
            Picture(sheet.finish("times"), "响应时间"),
        ),
    )


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_title_author_and_language_are_set(language: str) -> None:
    file = docx.Document(io.BytesIO(render_docx(paper(language))))
    about = file.core_properties
    assert (about.title, about.author, about.language) == (paper(language).title, "某某公司", language)
    found = file.styles["Normal"].element.rPr.find(qn("w:lang"))
    assert (found.get(qn("w:val")), found.get(qn("w:eastAsia"))) == ("en-US", "zh-CN")


def test_every_picture_has_a_text_and_a_caption_and_headings_are_headings() -> None:
    file = docx.Document(io.BytesIO(render_docx(paper("zh-CN"))))
    told = [one.get("descr") for one in file.element.iter(qn("wp:docPr"))]
    assert told == ["各会议室故障数\n301  3\n302  1", "响应时间"]
    styles = {one.text: one.style.name for one in file.paragraphs if one.text}
    assert styles["概况"] == "Heading 1"
    assert styles["时间"] == "Heading 2"
    assert styles["各会议室故障数"] == styles["响应时间"] == "Caption"


def test_an_own_template_without_captions_is_enough(tmp_path: Path) -> None:
    template = docx.Document()
    template.styles["Caption"].delete()
    template.save(str(tmp_path / "own.docx"))
    file = docx.Document(io.BytesIO(render_docx(paper("en"), tmp_path / "own.docx")))
    assert "各会议室故障数" in [one.text for one in file.paragraphs]


@pytest.mark.parametrize("kind", ["text", "other archive", "cut", "folder", "pipe", "spreadsheet"])
def test_a_template_that_is_none_is_one_sentence(kind: str, tmp_path: Path) -> None:
    template = tmp_path / "own.docx"
    whole = render_docx(paper("en"))
    match kind:
        case "text":
            template.write_text("Dear reader")
        case "other archive":
            with zipfile.ZipFile(template, "w") as archive:
                archive.writestr("a.txt", "a")
        case "cut":
            template.write_bytes(whole[:2000])
        case "folder":
            template.mkdir()
        case "pipe":
            os.mkfifo(template)
        case "spreadsheet":
            openpyxl.Workbook().save(template)
    with pytest.raises(CannotRender, match=r"own\.docx is no (Word )?file"):
        render_docx(paper("en"), template)


@pytest.mark.parametrize("style", ["Title", "Heading 1", "Table Grid", "List Bullet"])
def test_a_template_without_a_style_is_one_sentence_that_names_it(style: str, tmp_path: Path) -> None:
    template = docx.Document()
    template.styles[style].delete()
    template.save(str(tmp_path / "own.docx"))
    blocks = (Heading("a"), Items(("b",)), Grid(("c",), (("d",),)))
    with pytest.raises(CannotRender, match=f"own.docx: no style with name '{style}'. Add it in Word"):
        render_docx(Document(title="t", language="en", blocks=blocks), tmp_path / "own.docx")


def test_libreoffice_opens_it(tmp_path: Path) -> None:
    (tmp_path / "paper.docx").write_bytes(render_docx(paper("zh-CN")))
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    to_text = [OFFICE, home, "--headless", "--convert-to", "html:XHTML Writer File", "--outdir", "."]
    subprocess.run([*to_text, "paper.docx"], cwd=tmp_path, check=True, timeout=120, capture_output=True)
    page = (tmp_path / "paper.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", "", page)
    assert "已恢复。It works." in text
    assert re.search(r"<h1[^>]*>.*概况", page, re.DOTALL)
    assert "各会议室故障数" in text


@pytest.mark.parametrize("footer", ["Roomwatch · 报告 1", 'a"b\\c</style>\nd'])
def test_the_footer_of_a_page_is_at_its_foot(footer: str) -> None:
    page = render_html(paper("en", footer))
    body = page.partition("<body>")[2]
    assert body.count("<footer>") == 1
    assert body.index("<footer>") > body.index("It works.")
    assert page.count("</style>") == 1


def test_a_table_keeps_its_rows_whole_and_its_sentence_before_it() -> None:
    table = Grid(("room", "faults"), (("301", "3"), ("302", "1")))
    document = Document(title="T", language="en", blocks=(Paragraph("Alone."), Paragraph("In short:"), table))
    (made,) = docx.Document(io.BytesIO(render_docx(document))).tables
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in made.rows)
    page = render_html(document)
    assert '<p class="lead">In short:' in page and "<p>Alone." in page
