"""Replies read from a real IMAP server."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerting.configuration import Secret
from alerting.inbound.answer import Answer, Senders
from alerting.inbound.mailbox import Mailbox, MailboxReader
from tests.channels.conftest import free_port
from tests.open_folders import let_others_in

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
ssl = no
disable_plaintext_auth = no
default_login_user = {login_user}
default_internal_user = {user}
default_internal_group = {group}
mail_location = maildir:{folder}/mail
first_valid_uid = 0
first_valid_gid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password=letmein
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder} allow_all_users=yes
}}
"""


class Imap:
    """A running dovecot with one mailbox."""

    def __init__(self, folder: Path) -> None:
        self.new = folder / "mail" / "new"
        self.port = free_port()
        self.folders: list[Path] = []

    def deliver(self, name: str, sender: str, text: str, subject: str = "Re: [RW-12] 301") -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "room@example.org", subject
        mail.set_content(text)
        file = self.new / name
        file.write_bytes(mail.as_bytes())
        owner = self.new.stat()
        os.chown(file, owner.st_uid, owner.st_gid)

    def deliver_raw(self, name: str, mail: bytes) -> None:
        file = self.new / name
        file.write_bytes(mail)
        owner = self.new.stat()
        os.chown(file, owner.st_uid, owner.st_gid)

    def mailbox(self, password: str = "letmein") -> Mailbox:
        return Mailbox(
            host="127.0.0.1", port=self.port, user="room", password=Secret("literal", password), security="none"
        )


@pytest.fixture
async def imap(tmp_path: Path) -> AsyncIterator[Imap]:
    here = Imap(tmp_path)
    for name in ("cur", "new", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
        here.folders.append(tmp_path / "mail" / name)
    root = os.geteuid() == 0
    user = "dovecot" if root else getpass.getuser()
    uid, gid = (65534, 65534) if root else (os.getuid(), os.getgid())  # dovecot serves no mail to root
    let_others_in(tmp_path)
    for folder in (tmp_path / "mail", *here.folders):
        os.chown(folder, uid, gid)
    file = tmp_path / "dovecot.conf"
    file.write_text(
        CONFIGURATION.format(
            folder=tmp_path,
            port=here.port,
            user=user,
            group=user,
            login_user="dovenull" if root else user,
            uid=uid,
            gid=gid,
        )
    )
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    process = await asyncio.create_subprocess_exec(program, "-F", "-c", str(file))
    for _ in range(200):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
            greeting = await asyncio.wait_for(reader.readline(), 5)
            writer.close()
            assert greeting.startswith(b"* OK"), greeting
            break
        except OSError:
            await asyncio.sleep(0.05)
    yield here
    process.terminate()
    await process.wait()


async def test_a_reply_takes_an_incident_once_and_only_from_a_contact(imap: Imap) -> None:
    got: list[Answer] = []
    reader = MailboxReader(imap.mailbox(), Senders(mail={"li@example.org": "li"}), got.append)
    imap.deliver("1", "李工 <Li@Example.org>", "接单\n\n> 301会议室")
    imap.deliver("2", "mallory@example.org", "接单")
    imap.deliver("3", "li@example.org", "I am on the train")
    assert await reader.read_once() == 1
    assert got == [Answer(verb="take", number=12, contact="li", way="mail")]
    assert await reader.read_once() == 0
    imap.deliver("4", "li@example.org", "confirm 12")
    await reader.read_once()
    assert got[-1] == Answer(verb="confirm", number=12, contact="li", way="mail")
    assert reader.problem == ""


async def test_mails_that_break_the_parser_do_not_hold_up_the_replies_behind_them(imap: Imap) -> None:
    got: list[Answer] = []
    reader = MailboxReader(imap.mailbox(), Senders(mail={"li@example.org": "li"}), got.append)
    for name, header in enumerate((b'From: "', b"From: <@", b"From: =:;=?utf-8?q??=")):
        imap.deliver_raw(str(name), header + b"\r\n\r\ntake 1\r\n")
    imap.deliver("9", "li@example.org", "take 12")
    assert await reader.read_once() == 1
    assert reader.problem == ""
    assert await reader.read_once() == 0
    assert len(got) == 1


async def test_a_wrong_password_and_a_server_that_is_gone_are_one_line_without_a_secret(imap: Imap) -> None:
    reader = MailboxReader(imap.mailbox("wrong-secret"), Senders(), lambda answer: None)
    assert await reader.read_once() == 0
    assert "refuses" in reader.problem
    assert "wrong-secret" not in reader.problem
    imap.port = free_port()
    gone = MailboxReader(imap.mailbox(), Senders(), lambda answer: None)
    assert await gone.read_once() == 0
    assert "ConnectionRefusedError" in gone.problem
