"""The whole way with real parts: the daemon's plan, a child that prints, a child that sends, a mail server."""

from __future__ import annotations

import asyncio
import email
import os
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner

from alerting.journal import Event, open_journal
from alerting.journal.rows import Batch
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import FaultRecord, Incident, Phase, ReportState
from alerting.service.document_printer import DocumentPrinter
from monitor.cli import main
from monitor.daemon.room_service import room_service
from monitor.settings import load
from tests.channels.conftest import free_port
from tests.commands.asking import ask

PLAN = """
version = "3"
organisation = "示例科技有限公司"
timezone = "Asia/Shanghai"
[groups.office]
name = "领导小组办公室"
members = ["sun"]
[groups.technical]
name = "技术支持组"
members = ["wang"]
[groups.leadership]
name = "应急响应领导小组"
members = ["chen"]
[groups.management]
name = "公司管理层"
members = ["lin"]
"""


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.mark.slow
async def test_a_signed_report_arrives_with_its_files_at_the_management(tmp_path: Path) -> None:
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    port = server.port
    people = "".join(
        f'[contacts.{one}]\nname = "{name}"\nchannels = ["mailto://127.0.0.1:{port}?from=rw@example.com&to={one}@example.com"]\n'
        for one, name in (("sun", "孙悦"), ("wang", "王强"), ("chen", "陈立"), ("lin", "林总"))
    )
    (tmp_path / "plan.toml").write_text(PLAN + people, encoding="utf-8")
    state = tmp_path / "state"
    state.mkdir()
    config = tmp_path / "roomwatch.toml"
    config.write_text(f'state = "{state}"\n[room]\nid = "r301"\nname = "301会议室"\n', encoding="utf-8")
    _journal_with_a_closed_incident(state)
    runner = room_service(load(config).settings, state, config)
    try:
        for verb, by in (("report_submit", "孙悦"), ("report_approve", "wang"), ("report_sign", "chen")):
            answer = await ask(runner, verb, by=by, incident=1)
        assert answer.document["report"] == "signed"
        assert "林总" in {one["name"] for one in answer.document["sends"]}
        async with asyncio.timeout(90):
            while not any("lin@" in str(mail["to"]) for mail in mailbox.mails):
                await runner.tick()
                await asyncio.sleep(0.2)
    finally:
        await runner.close()
        server.stop()
    mail = next(mail for mail in mailbox.mails if "lin@" in str(mail["to"]))
    names = sorted(str(part.get_filename()) for part in mail.iter_attachments())
    assert names == ["report-1.docx", "report-1.pdf"]
    pdf = next(part.get_content() for part in mail.iter_attachments() if str(part.get_filename()).endswith("pdf"))
    assert pdf.startswith(b"%PDF")
    body = mail.get_body(("plain",))
    assert body is not None and "现予报送" in body.get_content()
    found = _incident(state)
    assert found.report is ReportState.SENT


def _journal_with_a_closed_incident(state: Path) -> None:
    now = time.time()
    incident = Incident(
        id=1,
        room="r301",
        code="camera_missing",
        fault_class=FaultClass.DEVICE,
        severity=Severity.CRITICAL,
        worst=Severity.CRITICAL,
        plan_version="3",
        opened_at=now - 9000,
        resolved_at=now - 6000,
        closed_at=now - 2000,
        phase=Phase.CLOSED,
        report=ReportState.DRAFT,
        report_due=now + 160_000,
        faults=(FaultRecord(code="camera_missing", target="cam0", since=now - 9010, cleared_at=now - 6000),),
    )
    journal = open_journal(state)
    data: dict[str, object] = {"code": "camera_missing", "target": "cam0", "since": now - 9010}
    journal.write(Batch(events=[Event(incident=1, at=now - 9000, verb="opened", data=data)], incidents={1: incident}))
    journal.close()


def _incident(state: Path) -> Incident:
    journal = open_journal(state)
    found = journal.reader.incident(1)
    journal.close()
    assert found is not None
    return found


def test_the_command_draws_up_a_report_without_a_daemon_and_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('version = "3"\n', encoding="utf-8")
    config = tmp_path / "roomwatch.toml"
    config.write_text(f'state = "{tmp_path}"\n', encoding="utf-8")
    run = CliRunner().invoke
    nothing = run(main, ["report", "1", "--config", str(config)])
    assert nothing.exit_code == 1
    assert "there is no journal" in nothing.output
    _journal_with_a_closed_incident(tmp_path)
    unknown = run(main, ["report", "9", "--config", str(config)])
    assert "the journal holds no incident 9; the last one is 1" in unknown.output
    made = run(main, ["report", "#1", "--config", str(config), "--to", str(tmp_path / "out"), "--format", "html"])
    assert made.exit_code == 0, made.output
    assert "摄像头未连接" in (tmp_path / "out" / "report-1.html").read_text(encoding="utf-8")
    english = ["report", "1", "--config", str(config), "--to", str(tmp_path), "--format", "html", "--language", "en"]
    assert run(main, english).exit_code == 0
    assert "Post-incident report" in (tmp_path / "report-1.html").read_text(encoding="utf-8")
    listed = run(main, ["report", "list", "--config", str(config)])
    assert "#1" in listed.output
    shown = run(main, ["report", "show", "1", "--config", str(config)])
    assert shown.exit_code == 0
    alone = run(main, ["report", "submit", "1", "--config", str(config)])
    assert alone.exit_code == 3
    assert "no roomwatch answers" in alone.output
    for both in (["--text", "a", "--file", str(config)], []):
        wrong = run(main, ["report", "edit", "1", "--chapter", "cause", "--config", str(config), *both])
        assert "one of them" in wrong.output
    for long in (["--file", "/dev/zero"], ["--text", "字" * 20_001]):
        endless = run(main, ["report", "edit", "1", "--chapter", "cause", "--config", str(config), *long])
        assert endless.exit_code == 1
        assert "longer than a chapter may be: 20,000 characters" in endless.output


def test_printed_files_go_when_their_time_is_over(tmp_path: Path) -> None:
    for name in ("reports/1", "reports/2", "reviews/2026-01-05"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "report.pdf").write_bytes(b"%PDF")
    os.utime(tmp_path / "reports/1", (1000, 1000))
    os.utime(tmp_path / "reviews/2026-01-05", (1000, 1000))
    DocumentPrinter(tmp_path, list).tidy(2000)
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.glob("*/*")) == ["reports/2"]
