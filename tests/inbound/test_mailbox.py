"""Replies read from a real IMAP server."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerting.inbound.child_protocol import Job, ReadItem
from tests.channels.conftest import free_port
from tests.inbound.listening import listening
from tests.open_folders import open_folder

COMMON = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
ssl = no
default_login_user = {login_user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    {listen} = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
DEBIAN_12 = """
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password=letmein
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder} allow_all_users=yes
}}
"""
DEBIAN_13 = """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail
passdb static {{
  password = letmein
}}
userdb static {{
  allow_all_users = yes
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}
  }}
}}
"""
VERSIONS_FIRST = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"
"""What a configuration of Dovecot 2.4 begins with; earlier ones do not know it."""


def configuration(program: str, **values: object) -> str:
    """For this Dovecot: 2.4 gave many of its settings other names."""
    number = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    if number.startswith("2.3"):
        return (COMMON + DEBIAN_12).format(listen="address", **values)
    return VERSIONS_FIRST + (COMMON + DEBIAN_13).format(listen="listen", **values)


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

    def job(self, password: str = "letmein", folder: str = "INBOX") -> Job:
        return Job(
            way="mail",
            host="127.0.0.1",
            port=self.port,
            user="room",
            secret=password,
            folder=folder,
            security="none",
            poll_seconds=0.2,
        )


@pytest.fixture
async def imap() -> AsyncIterator[Imap]:
    with open_folder() as place:
        here = Imap(place)
        for name in ("cur", "new", "tmp"):
            (place / "mail" / name).mkdir(parents=True)
            here.folders.append(place / "mail" / name)
        root = os.geteuid() == 0
        user = "dovecot" if root else getpass.getuser()
        uid, gid = (65534, 65534) if root else (os.getuid(), os.getgid())  # dovecot serves no mail to root
        for folder in (place / "mail", *here.folders):
            os.chown(folder, uid, gid)
        file = place / "dovecot.conf"
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        file.write_text(
            configuration(
                program,
                folder=place,
                port=here.port,
                user=user,
                group=user,
                login_user="dovenull" if root else user,
                uid=uid,
                gid=gid,
            )
        )
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


async def test_a_reply_is_heard_once_and_marked_as_seen(imap: Imap, tmp_path: Path) -> None:
    imap.deliver("1", "李工 <Li@Example.org>", "接单\n\n> 301会议室", "Re: 301 [RW-12-0123456789ABCD]")
    imap.deliver("2", "li@example.org", "confirm 12")
    async with listening(tmp_path, imap.job()) as (listener, got):
        first, second = await got(), await got()
        assert (first.sender, first.verb, first.codes) == ("li@example.org", "take", ((12, "0123456789ABCD"),))
        assert (second.verb, second.number) == ("confirm", 12)
        await asyncio.wait_for(listener.listening.wait(), 60)  # its round is over, both are marked
        assert listener.problem == ""
    async with listening(tmp_path, imap.job()) as (_, got):
        imap.deliver("3", "li@example.org", "take 13")
        assert (await got()).number == 13


async def test_mails_that_break_a_parser_do_not_hold_up_the_replies_behind_them(imap: Imap, tmp_path: Path) -> None:
    for name, header in enumerate((b'From: "', b"From: <@", b"From: =:;=?utf-8?q??=")):
        imap.deliver_raw(str(name), header + b"\r\n\r\ntake 1\r\n")
    imap.deliver("9", "li@example.org", "take 12")
    heard: list[ReadItem] = []
    async with listening(tmp_path, imap.job()) as (listener, got):
        while not heard or heard[-1].number != 12:
            heard.append(await got())
        assert listener.set_aside == ()
    assert [one.mark for one in heard] == ["sender", "sender", "sender", ""]


async def test_no_mail_was_written_after_it_came(imap: Imap, tmp_path: Path) -> None:
    """The date in a mail is the sender's word: one that lies ahead would outlast every later message."""
    began = time.time()
    for name, date in (("1", b"Fri, 01 Jan 2100 00:00:00 +0000"), ("2", b"Thu, 01 Jan 2026 00:00:00 +0000")):
        imap.deliver_raw(name, b"From: li@example.org\r\nDate: " + date + b"\r\n\r\ntake 12\r\n")
    async with listening(tmp_path, imap.job()) as (_, got):
        sent = sorted([(await got()).sent_at, (await got()).sent_at])
    assert sent[0] == 1767225600.0
    assert began - 5 <= sent[1] <= time.time() + 5


async def test_what_a_server_says_is_told_without_the_password(imap: Imap, tmp_path: Path) -> None:
    async with listening(tmp_path, imap.job("wrong-secret")) as (listener, _):
        await listener.told()
        assert "Authentication failed" in listener.problem
        assert "wrong-secret" not in listener.problem
    imap.port = free_port()
    async with listening(tmp_path, imap.job()) as (listener, _):
        await listener.told()
        assert "ConnectionRefusedError" in listener.problem


async def test_a_folder_is_found_by_its_name_in_any_script(imap: Imap, tmp_path: Path) -> None:
    folder = imap.new.parent / ".&TxqLrluk-"  # 会议室 in IMAP's own UTF-7
    for name in ("", "cur", "new", "tmp"):
        (folder / name).mkdir()
        os.chown(folder / name, imap.new.stat().st_uid, imap.new.stat().st_gid)
    imap.new = folder / "new"
    imap.deliver("1", "li@example.org", "take 12")
    async with listening(tmp_path, imap.job(folder="会议室")) as (_, got):
        assert (await got()).number == 12
