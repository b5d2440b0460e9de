"""The plan as a document that people read, in every format."""

import io
import subprocess
from pathlib import Path

import docx
import pytest

from alerting.configuration import Secret
from alerting.model.catalogue import KINDS
from alerting.papers.plan.document import plan_document
from alerting.papers.plan.phrases import fault_of_any, span
from alerting.papers.plan.role_cards import role_cards
from alerting.papers.rendering.content import Document, Heading
from alerting.papers.rendering.docx_file import render_docx
from alerting.papers.rendering.html import render_html
from alerting.papers.rendering.pdf import has_font, render_pdf
from alerting.plan.approval import Record
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
    assert has_font("zh-cn", "no-such-tool")
    assert not has_font("zh-cn", "true")


def test_both_languages_have_the_same_texts() -> None:
    assert set(load_words("en").under("document")) == set(load_words("zh-CN").under("document"))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_fault_of_the_catalogue_stands_in_the_risk_analysis(language: str) -> None:
    words = load_words(language)
    titled = [code for code in KINDS if words.has(f"fault.{code}.title")]
    assert titled
    assert [code for code in titled if not (text := fault_of_any(code, words)) or "{" in text] == []


def test_the_document_says_what_this_plan_says(example: Plan) -> None:
    page = render_html(plan_document(example, load_words("zh-CN")))
    for said in (
        "立即通知应急响应领导小组",
        "王强、李娜、Zhao Kai 依次值班，每班 7 天，09:00 交接",
        "20:00 至次日 07:30，提示级通知推迟",
        "20 分钟",
        "重启会议软件",
        "60 分钟内最多 2 次",
        "截止前 24 小时、4 小时提醒，逾期通知应急响应领导小组",
        "联系人信息保存 180 天",
    ):
        assert said in page, said
    assert "会议软件 会议软件" not in page


def test_an_approval_stands_on_it_and_an_unsigned_plan_says_so(example: Plan) -> None:
    words = load_words("zh-CN")
    assert plan_document(example, words).mark == "未签发，仅供审阅"
    steps = tuple(
        Record(version="1.0", digest="d", action=action, by=by, at=1.0)
        for action, by in (("draft", "孙悦"), ("review", "王强"), ("sign", "陈立"))
    )
    signed = plan_document(example, words, steps)
    assert signed.mark == ""
    assert ("签批", "拟稿 孙悦 · 审核 王强 · 签发 陈立") in signed.facts
    assert plan_document(example, words, steps[:2]).mark != ""


def test_spans_are_said_as_people_say_them() -> None:
    words = load_words("en")
    assert [span(words, seconds) for seconds in (0, 60, 90, 3600, 14400, 86400, 172800, 604800)] == [
        "0 seconds",
        "60 seconds",
        "1.5 minutes",
        "60 minutes",
        "4 hours",
        "24 hours",
        "48 hours",
        "7 days",
    ]


def test_a_card_says_when_its_group_is_told_and_whom_to_call(example: Plan) -> None:
    page = render_html(role_cards(example, load_words("zh-CN")))
    assert "“严重”级故障：15 分钟无人接单时通知。" in page
    assert "故障结束后，系统拟出事后报告，须在 48 小时内完成签发。" in page
    assert "8100" in page
