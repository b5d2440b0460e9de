"""The plan as a document that people read, in every format."""

import io
import subprocess
from pathlib import Path

import docx
import pytest

from alerting.catalogue import KINDS
from alerting.configuration import Secret
from alerting.documents.content import Document, Heading
from alerting.documents.docx_file import render_docx
from alerting.documents.html import render_html
from alerting.documents.pdf import has_chinese_font, render_pdf
from alerting.plan.document import _risk, plan_document, role_cards
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.words import load_words

CONFIG = Path(__file__).parents[2] / "config"
CHAPTERS = ("一、目标与范围", "二、风险分析", "三、组织机构", "四、应急处置流程", "五、资源配置与评估机制")


@pytest.fixture
def example() -> Plan:
    return load_plan(CONFIG / "examples" / "plan.acme.toml")


def pdf_text(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def test_the_five_chapters_stand_in_their_order(example: Plan) -> None:
    document = plan_document(example, load_words("zh-CN"))
    headings = [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 1]
    assert tuple(headings) == CHAPTERS


def test_the_pdf_holds_readable_chinese(example: Plan) -> None:
    text = pdf_text(render_pdf(plan_document(example, load_words("zh-CN"))))
    assert all(chapter in text for chapter in CHAPTERS)
    assert "应急响应领导小组" in text


def test_the_docx_opens_with_its_tables(example: Plan) -> None:
    made = docx.Document(io.BytesIO(render_docx(plan_document(example, load_words("zh-CN")))))
    assert "三、组织机构" in [one.text for one in made.paragraphs]
    assert made.tables[2].rows[1].cells[0].text == "应急响应领导小组"


def test_an_own_template_gives_the_docx_its_styles(tmp_path: Path) -> None:
    own = docx.Document()
    own.add_paragraph("Acme letterhead")
    own.save(str(tmp_path / "own.docx"))
    made = render_docx(Document(title="T", language="en"), tmp_path / "own.docx")
    assert docx.Document(io.BytesIO(made)).paragraphs[0].text == "Acme letterhead"


def test_no_address_of_a_contact_is_printed_and_every_text_is_escaped() -> None:
    secret = Contact(name="<b>王</b>", channels=(Secret("literal", "wecombot://hidden-key"),))
    page = render_html(plan_document(Plan(contacts={"wang": secret}), load_words("en")))
    assert "hidden-key" not in page
    assert "&lt;b&gt;王" in page


def test_each_role_has_one_page(example: Plan) -> None:
    text = pdf_text(render_pdf(role_cards(example, load_words("zh-CN"))))
    assert text.count("\f") == len(example.groups)


def test_the_shipped_plan_without_people_still_makes_a_document() -> None:
    for language in ("zh-CN", "en"):
        assert render_html(plan_document(load_plan(CONFIG / "plan.toml"), load_words(language)))


def test_a_missing_font_tool_is_not_a_missing_font() -> None:
    assert has_chinese_font("no-such-tool")
    assert not has_chinese_font("true")


def test_both_languages_have_the_same_texts() -> None:
    assert set(load_words("en").under("document")) == set(load_words("zh-CN").under("document"))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_fault_of_the_catalogue_stands_in_the_risk_analysis(language: str) -> None:
    words = load_words(language)
    titled = [code for code in KINDS if words.has(f"fault.{code}.title")]
    assert titled
    assert [code for code in titled if not (text := _risk(code, words)) or "{" in text] == []
