"""A report from draft to signature on the pages, over a real HTTP server and a whole service."""

from __future__ import annotations

import html
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from alerting.model.incident import ReportState
from alerting.service.paper_files import PaperFiles
from alerting.words import load_words
from alerting.workflows.report_approval import TEXT_LIMIT
from tests.alerting.stage import RUNNING
from tests.pages.phone import Phone, forms
from tests.pages.stage import Office, open_office, sign_in
from tests.rooms.site import PLAN, ROOMS, Site

EN = load_words("en")
MORE = """
[contacts.sun]
name = "Sun Yue"
language = "en"
channels = ["json://127.0.0.1:1/sun"]
[contacts.guest]
name = "Guest"
language = "en"
channels = ["json://127.0.0.1:1/guest"]
[groups.office]
name = "Office"
members = ["sun"]
[report]
owner = "office"
reviewers = ["technical"]
signers = ["leadership"]
send_to = ["leadership"]
circulate_to = ["leadership"]
"""
DRAWS = "import sys, pathlib; a = sys.argv; pathlib.Path(a[a.index('--to') + 1], 'report-1.pdf').write_bytes(b'%PDF-')"


def drawing(words: Sequence[str]) -> Sequence[str]:
    return [sys.executable, "-c", DRAWS if words[0] == "report" else "raise SystemExit('no paper')", *words]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    site = Site(tmp_path, PLAN + MORE, rooms=ROOMS[:1], home=ROOMS[0])
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(1)
    async with open_office(site, ("wang", "chen", "sun", "guest"), PaperFiles(tmp_path, drawing)) as made:
        yield made


async def at(office: Office, name: str, place: str = "/papers/1") -> Phone:
    return await office.signed_in(name, to=place)


async def over(office: Office) -> None:
    """The fault is repaired, and its report owed."""
    fault = office.site.service.engine.open_faults()[0]
    await office.site.service.engine.fault_cleared(fault)
    await office.site.until(600)
    assert (await state(office)) is ReportState.DRAFT


async def state(office: Office) -> ReportState:
    found = await office.site.service.records.incident(1)
    assert found is not None
    return found.report


def done(verb: str) -> str:
    return EN.text(f"pages.papers.done.{verb}")


async def test_from_draft_by_a_return_to_the_signature_without_a_shell(office: Office) -> None:
    await over(office)
    writer = await at(office, "sun")
    await writer.press("report_edit", nth=1, text="The cable was loose.\n- it is replaced\u202e", chapter="cause")
    assert (writer.status, writer.note()) == (200, done("report_edit"))
    assert "The cable was loose.\n- it is replaced</textarea>" in writer.page
    await writer.press("report_submit")
    assert writer.note() == done("report_submit")
    assert writer.verbs() == []
    reviewer = await at(office, "wang")
    assert set(reviewer.verbs()) == {"report_approve", "report_return"}
    await reviewer.press("report_return", text="name the port")
    assert reviewer.note() == done("report_return")
    await writer.open("/papers/1")
    assert "name the port" in writer.page
    await writer.press("report_submit")
    await reviewer.open("/papers/1")
    await reviewer.press("report_approve")
    assert reviewer.note() == done("report_approve")
    signer = await at(office, "chen")
    form = next(one for one in forms(signer.page) if one.get("verb") == "report_sign")
    await signer.send(form)
    assert (signer.status, signer.note()) == (200, done("report_sign"))
    assert await state(office) in (ReportState.SIGNED, ReportState.SENT)
    await signer.send(form)
    assert signer.status == 409
    assert office.site.verbs(1).count("report_signed") == 1


async def test_a_whole_chapter_in_chinese_is_taken(office: Office) -> None:
    """A form spells each of its signs with nine bytes."""
    await over(office)
    writer = await at(office, "sun")
    await writer.press("report_edit", nth=1, text="线" * TEXT_LIMIT, chapter="cause")
    assert (writer.status, writer.note()) == (200, done("report_edit"))
    assert "线" * TEXT_LIMIT + "</textarea>" in writer.page


async def test_only_those_whom_the_plan_names_come_in_and_each_takes_their_own_step(office: Office) -> None:
    await over(office)
    nobody = office.phone()
    await nobody.open("/papers")
    assert "/sign-in?to=/papers" in nobody.url
    await sign_in(nobody, "guest", to="/papers/1")
    assert nobody.status == 403
    leader = await at(office, "wang")
    assert "report_edit" in leader.verbs()
    form = next(one for one in forms(leader.page) if one.get("verb") == "report_edit")
    before = office.site.verbs(1)
    for other in (
        {**form, "verb": "report_sign"},
        {**form, "verb": "take"},
        {**form, "verb": "improvement_add"},
        {**form, "token": "x"},
    ):
        await leader.send({**other, "chapter": "cause", "text": "x"})
        assert leader.status in (400, 403), other
    await leader.send({**form, "chapter": "cause", "text": "x"}, headers={"Origin": "http://evil.example"})
    assert leader.status == 400
    assert office.site.verbs(1) == before


async def test_an_improvement_is_added_once_and_closed(office: Office) -> None:
    phone = await at(office, "sun", "/papers")
    form = next(one for one in forms(phone.page) if one.get("verb") == "improvement_add")
    for _ in range(2):
        await phone.send({**form, "text": "<b>Spare camera</b>", "owner": "wang", "due": "2027-02-01"})
        assert phone.note() == done("improvement_add")
    assert office.site.verbs(0).count("improvement_added") == 1
    assert "<b>Spare" not in phone.page
    assert "Wang Qiang, until 2027-02-01" in phone.page
    await phone.press("improvement_close", text="bought")
    assert phone.note() == done("improvement_close")
    assert "Spare camera" not in phone.page
    await phone.press("improvement_add", text="x", owner="wang", due="soon")
    assert (phone.status, "x" in phone.page) == (409, True)


async def test_documents_are_drawn_by_a_child_and_the_signed_one_is_given_as_it_was(
    office: Office, tmp_path: Path
) -> None:
    await over(office)
    phone = await at(office, "sun")
    async with phone._session.get("/papers/report-1.pdf") as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "application/pdf", b"%PDF-")
    (tmp_path / "reports" / "1").mkdir(parents=True)
    (tmp_path / "reports" / "1" / "report-1.pdf").write_bytes(b"signed")
    async with phone._session.get("/papers/report-1.pdf") as answer:
        assert await answer.read() == b"signed"
    await phone.open("/papers/review.pdf", headers={"Accept": "text/html"})
    assert (phone.status, EN.text("pages.papers.not_drawn") in html.unescape(phone.page)) == (503, True)
    for path in ("/papers/report-1.html", "/papers/..%2fplan.pdf", "/papers/99"):
        await phone.open(path)
        assert phone.status == 404
