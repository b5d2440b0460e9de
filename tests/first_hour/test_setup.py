"""`roomwatch setup` at a real terminal: few questions, a test message that arrives, files that are accepted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from alerting import folders
from alerting.plan.loading import load_plan
from alerting.words import LANGUAGES, load_words
from monitor.cli import main
from monitor.first_hour.asker import Asker
from monitor.first_hour.found import FoundHere
from monitor.first_hour.toml_text import toml
from monitor.settings import load
from monitor.views.columns import width
from tests.first_hour.terminal import Terminal
from tests.open_folders import as_ordinary_user, open_folder

MOST_QUESTIONS = 12


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(an address that a plan takes, what arrived at it)."""
    arrived: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/hook", arrived
    server.shutdown()
    thread.join()
    server.server_close()


def files(folder: Path) -> dict[str, str]:
    return {str(one.relative_to(folder)): one.read_text() for one in sorted(folder.rglob("*")) if one.is_file()}


def run(folder: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["setup", "--config", str(folder), *words])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_nothing_to_a_message_in_at_most_twelve_questions(
    language: str, tmp_path: Path, receiver: tuple[str, list[dict[str, Any]]]
) -> None:
    address, arrived = receiver
    room, words = tmp_path / "room", load_words(language)
    terminal = Terminal(["setup", "--config", str(room)])
    asked = terminal.read_until("> ")
    for answer in (language, "湖景会议室", "3F, 总部", "Asia/Shanghai", "王强", address, "", ""):
        asked = terminal.answer(answer)
    while words.text("setup.ask.write") not in asked:
        asked = terminal.answer("")
    terminal.answer("")
    assert terminal.end() == 0, terminal.said
    questions = re.findall(r"^(\d+)\. ", terminal.said.replace("\r", ""), re.M)
    assert len(questions) <= MOST_QUESTIONS
    assert [message["title"] for message in arrived] == [
        load_words(language).text("message.mark.test")
        + load_words(language).text("message.title", room="湖景会议室", fault=title_of_a_test(language))
    ]
    shown = click.unstyle(terminal.said).splitlines()
    assert max(width(line) for line in shown if address not in line and str(room) not in line) <= 80
    settings, plan = load(room).settings, load_plan(room / "plan.toml")
    assert (settings.room.name, settings.room.floor, settings.room.site) == ("湖景会议室", "3F", "总部")
    assert (settings.timezone, settings.room.language, plan.language) == ("Asia/Shanghai", language, language)
    (member,) = plan.groups["technical"].members
    assert plan.contacts[member].name == "王强"
    assert plan.contacts[member].channels[0].reveal() == address
    assert (
        address.removeprefix("json://")
        not in terminal.said.split(words.text("setup.ask.write"))[0].split("setup.toml")[-1]
    )


def title_of_a_test(language: str) -> str:
    return load_words(language).text("message.kind.test")


def test_a_room_with_everything_asks_twelve_questions_for_one_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root on a room's PC: devices, and a user of the screen. Each further person costs three."""
    machine = FoundHere(language="en", host="pc", timezone="UTC", camera="Cam", microphone="Mic")
    monkeypatch.setattr("monitor.commands.setup.look", lambda _: machine)
    monkeypatch.setattr("monitor.first_hour.questions.os.geteuid", lambda: 0)
    monkeypatch.setattr("monitor.first_hour.screen_user.is_installed", lambda: True)
    typed = "\n" * 4 + "Li\njson://127.0.0.1:1/x\nno\n" + "\n" * 5
    done = CliRunner().invoke(main, ["setup", "--config", str(tmp_path)], input=typed)
    assert done.exit_code == 0, done.output
    assert [int(one) for one in re.findall(r"^(\d+)\. ", done.output, re.M)] == list(range(1, MOST_QUESTIONS + 1))
    assert load(tmp_path).probes["camera"].cameras == ("Cam",)


@pytest.mark.parametrize(
    ("typed", "hours", "zone"),
    [
        ("", ("08:00", "19:00"), "Europe/Berlin"),
        ("07:30-22:00", ("07:30", "22:00"), "Europe/Berlin"),
        ("Asia/Shanghai", ("08:00", "19:00"), "Asia/Shanghai"),
        ("UTC 09:00 – 18:00", ("09:00", "18:00"), "UTC"),
        ("09:00至18:00，Asia/Shanghai", ("09:00", "18:00"), "Asia/Shanghai"),
        ("Etc/GMT-8", ("08:00", "19:00"), "Etc/GMT-8"),
        ("9-18", None, "08:00-19:00 Asia/Shanghai"),
        ("22:00-06:00", None, "08:00-19:00 Asia/Shanghai"),
        ("later", None, "08:00-19:00 Asia/Shanghai"),
        ("08:00-19:00 Asia/Nowhere", None, "no such time zone"),
    ],
)
def test_hours_and_zone_are_read_from_one_line(typed: str, hours: tuple[str, str] | None, zone: str) -> None:
    default = "08:00-19:00 Europe/Berlin"
    value, wrong = Asker(load_words("en")).hours_and_zone(*default.split())(typed or default)
    if hours is None:
        assert zone in wrong
    else:
        assert (value, wrong) == ((hours, zone), "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "key", "values"),
    [
        ("19:00-08:00", "end_not_later", {"start": "19:00", "end": "08:00"}),
        ("09:00-09:00", "end_not_later", {"start": "09:00", "end": "09:00"}),
        ("08:00-25:00", "no_time_of_day", {"given": "25:00"}),
        ("24:00-25:00", "no_time_of_day", {"given": "24:00"}),
        ("08:60-19:00", "no_time_of_day", {"given": "08:60"}),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_reason_and_how_they_are_typed(
    typed: str, key: str, values: dict[str, str], language: str
) -> None:
    words = load_words(language)
    asker, reason = Asker(words), words.text(f"setup.wrong.{key}", **values)
    for wrong, how in (
        (asker.hours(typed)[1], "hours"),
        (asker.hours_and_zone("08:00-19:00", "UTC")(typed)[1], "hours_and_zone"),
        (asker.hours_and_zone("08:00-19:00", "UTC")(f"{typed} Asia/Shanghai")[1], "hours_and_zone"),
    ):
        assert wrong.startswith(reason)
        assert wrong.endswith(words.text(f"setup.wrong.{how}"))


@pytest.mark.parametrize("answered", range(7))
def test_whoever_breaks_it_off_leaves_everything_as_it_was(answered: int, tmp_path: Path) -> None:
    room = tmp_path / "room"
    terminal = Terminal(["setup", "--config", str(room)])
    terminal.read_until("> ")
    for _ in range(answered):
        terminal.answer("")
    terminal.interrupt()
    assert terminal.end() == 130, terminal.said
    assert load_words("en").text("setup.broken_off") in terminal.said
    assert "--yes" not in terminal.said
    assert "Traceback" not in terminal.said
    assert not room.exists()


def test_without_a_terminal_it_says_how_to_be_asked_nothing(tmp_path: Path) -> None:
    room = tmp_path / "a room"
    command = [str(Path(sys.executable).with_name("roomwatch")), "setup", "--config", str(room)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 130
    assert load_words("en").text("setup.broken_off") in done.stderr
    assert f"roomwatch setup --config '{room}' --yes" in done.stderr
    assert not room.exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_addresses_is_named_where_it_can_be_read(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "/usr/share/doc/roomwatch/docs/channels.md"
    monkeypatch.setattr("monitor.first_hour.questions.page", lambda name: f"/usr/share/doc/roomwatch/docs/{name}")
    for tell in ("Li", "Li=nonsense"):
        flags = ["--yes", "--language", language, "--tell", tell]
        done = CliRunner().invoke(main, ["setup", "--config", str(tmp_path), *flags])
        assert place in done.output


def test_a_page_is_named_by_the_package_s_place_only_where_the_package_brought_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "DOCUMENTS", tmp_path)
    (tmp_path / "channels.md").write_text("")
    assert folders.page("channels.md") == "docs/channels.md", "the source tree has its own"
    monkeypatch.setattr(folders, "_from_source", lambda: False)
    assert folders.page("channels.md") == f"{tmp_path}/channels.md"
    assert folders.page("network.md") == "docs/network.md"


def test_every_answer_is_a_flag_too_and_yes_takes_the_defaults(tmp_path: Path) -> None:
    flags = {
        "language": "zh-CN",
        "name": "湖景",
        "place": "3F，总部",
        "timezone": "Asia/Shanghai",
        "hours": "09:00-18:00",
        "programs": "zoom, teams",
    }
    told = ("--tell", "Li Wei=json://127.0.0.1:1/x", "--tell", "Chen=file:/run/secret", "--no-test", "--no-devices")
    said = run(tmp_path, "--yes", *(word for flag, value in flags.items() for word in (f"--{flag}", value)), *told)
    assert "127.0.0.1" not in said
    loaded, plan = load(tmp_path), load_plan(tmp_path / "plan.toml")
    assert loaded.settings.working_hours.start == "09:00"
    assert loaded.settings.room.site == "总部"
    assert loaded.probes["software"].applications["zoom"].expected == "hours"
    assert plan.groups["technical"].members == ("li-wei", "chen")
    assert plan.contacts["chen"].channels[0].origin == "file /run/secret"
    assert CliRunner().invoke(main, ["check", "--config", str(tmp_path)]).exit_code == 0
    assert (tmp_path / "plan.d" / "setup.toml").stat().st_mode & 0o007 == 0


def test_a_second_run_changes_nothing_and_a_third_only_what_is_said(tmp_path: Path) -> None:
    run(tmp_path, "--yes", "--name", "Lakeside", "--tell", "Li Wei=json://127.0.0.1:1/x")
    before = files(tmp_path)
    assert load_words("en").text("setup.nothing_new") in run(tmp_path, "--yes")
    assert files(tmp_path) == before
    run(tmp_path, "--yes", "--tell", "Chen=json://127.0.0.1:1/y", "--tell", "Li Wei=json://127.0.0.1:1/z")
    plan = load_plan(tmp_path / "plan.toml")
    assert plan.groups["technical"].members == ("li-wei", "chen")
    assert [one.reveal()[-1] for one in plan.contacts["li-wei"].channels] == ["z", "x"]
    backups = [name for name in files(tmp_path) if name.endswith(".bak")]
    assert [files(tmp_path)[name] for name in backups] == [before["plan.d/setup.toml"]]
    assert load(tmp_path).settings.room.id == "lakeside"


@pytest.mark.parametrize(
    ("name", "ident"), [("Lakeside 3", "lakeside-3"), ("Süd 12", "sud-12"), ("湖畔 3", "pc-7"), ("🎥", "pc-7")]
)
def test_the_id_is_of_the_name_or_else_of_the_machine(
    name: str, ident: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = FoundHere(language="en", host="PC-7", timezone="UTC")
    monkeypatch.setattr("monitor.commands.setup.look", lambda _: machine)
    run(tmp_path, "--yes", "--name", name)
    assert load(tmp_path).settings.room.id == ident


def test_who_runs_a_room_of_their_own_may_act_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = FoundHere(language="en", host="pc", timezone="UTC", login="kim")
    monkeypatch.setattr("monitor.commands.setup.look", lambda _: machine)
    run(tmp_path, "--yes", "--name", "Lakeside")
    assert load(tmp_path).settings.commands.for_anybody == ("root", "@roomwatch", "kim")
    before = files(tmp_path)
    run(tmp_path, "--yes")
    assert files(tmp_path) == before


def test_what_it_does_not_ask_stays(tmp_path: Path) -> None:
    base = '# ours\n[room]\nid = "r7"\nname = "Seven"\n[web]\nport = 1234\n[working_hours]\ndays = ["mon"]\n'
    plan = (
        '[contacts.wang]\nname = "Wang"\nchannels = [{ env = "W" }]\nphone = "1"\n'
        '[groups.technical]\nname = "T"\nmembers = ["wang"]\n'
        '[chains.default]\nsteps = [{ after = 0, tell = ["technical"] }]\n'
    )
    (tmp_path / "roomwatch.toml").write_text(base)
    (tmp_path / "plan.toml").write_text(plan)
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "setup.toml").write_text('[web]\npublic_url = "https://r7.example.org"\n')
    run(tmp_path, "--yes", "--hours", "07:00-22:00", "--tell", "Wang=json://127.0.0.1:1/w")
    there = files(tmp_path)
    assert (there["roomwatch.toml"], there["plan.toml"]) == (base, plan)
    settings = load(tmp_path).settings
    assert (settings.room.id, settings.room.name, settings.web.port) == ("r7", "Seven", 1234)
    assert settings.web.public_url == "https://r7.example.org"
    assert settings.working_hours.days == ("mon",)
    wang = load_plan(tmp_path / "plan.toml").contacts["wang"]
    assert (wang.phone, [one.origin for one in wang.channels]) == ("1", ["written in the file", "env W"])


def test_the_service_can_read_what_was_written_whatever_the_umask() -> None:
    """Without addresses: those are for the service's group, which a machine without the package has not."""
    with open_folder() as folder:
        before = os.umask(0o077)
        try:
            run(folder / "new" / "room", "--yes", "--hours", "07:00-22:00")
        finally:
            os.umask(before)
        room = folder / "new" / "room"
        assert {one.name for one in room.iterdir()} >= {"conf.d", "roomwatch.toml"}
        modes = {one.stat().st_mode & 0o777 for one in (folder / "new", room, *room.iterdir()) if one.is_dir()}
        assert modes == {0o755}
        assert as_ordinary_user(lambda: load(room).settings.working_hours.start) == "07:00"


def test_no_to_the_files_writes_none(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["setup", "--config", str(tmp_path)], input="\n" * 6 + "no\n" * 3)
    assert done.exit_code != 0
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--timezone", "Asia/Nowhere"),
        ("--hours", "19:00-08:00"),
        ("--hours", "8-19"),
        ("--language", "fr"),
        ("--name", "  "),
        ("--name", "x" * 201),
        ("--tell", "Li Wei"),
        ("--tell", "=json://x"),
        ("--tell", "Li=li@example.com"),
        ("--tell", "Li=nosuch://x"),
        ("--tell", "Li=file:"),
        ("--programs", "zoomm"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_what_can(flag: str, value: str, tmp_path: Path) -> None:
    said = run(tmp_path, "--yes", flag, value, code=2)
    assert flag in said
    assert files(tmp_path) == {}


def test_a_file_that_is_no_configuration_is_no_folder_for_one(tmp_path: Path) -> None:
    (tmp_path / "hostname").write_text("room-12\n")
    done = CliRunner().invoke(main, ["setup", "--yes", "--config", str(tmp_path / "hostname")])
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert f"{tmp_path}/hostname is no folder" in done.output


def test_a_configuration_with_problems_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text("[web]\nport = 70000\n")
    assert "70000" in run(tmp_path, "--yes", code=78)
    assert set(files(tmp_path)) == {"roomwatch.toml"}


@pytest.mark.parametrize("name", ["🎥 Lakeside", "קומה 3", "a\tb", 'He said "hi" \\', "x" * 200, "room", "\u202eabc"])
def test_odd_names_come_through(name: str, tmp_path: Path) -> None:
    run(tmp_path, "--yes", "--name", name, "--tell", f"{name}=json://127.0.0.1:1/x")
    people = [one.name for one in load_plan(tmp_path / "plan.toml").contacts.values()]
    assert people == [load(tmp_path).settings.room.name]


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(exclude_categories=["Cs"])) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=4))
def test_every_table_is_read_back_as_it_was_written(table: dict[str, Any]) -> None:
    read = tomllib.loads(toml(table, {}))
    assert read == without_empty(table)


def without_empty(table: dict[str, Any]) -> dict[str, Any]:
    """A table without keys leaves no trace in the text."""
    out: dict[str, Any] = {}
    for key, value in table.items():
        kept = without_empty(value) if isinstance(value, dict) else value
        if kept != {}:
            out[key] = kept
    return out


def test_a_person_whose_address_is_not_known_yet_is_kept_and_named(tmp_path: Path) -> None:
    """Who is typed and dropped without a word would be missed at night."""
    typed = "\n" * 4 + "Li Wei\n-\nWang\n-\n" + "\n" * 8
    done = CliRunner().invoke(main, ["setup", "--config", str(tmp_path), "--no-devices"], input=typed)
    assert done.exit_code == 0, done.output
    assert "So far: Li Wei, Wang." in " ".join(done.output.split())
    plan = load_plan(tmp_path / "plan.toml")
    people = [plan.contacts[one] for one in plan.groups["technical"].members]
    assert [(one.name, one.channels) for one in people] == [("Li Wei", ()), ("Wang", ())]
    again = CliRunner().invoke(main, ["setup", "--config", str(tmp_path), "--yes", "--tell", "Wang=json://127.0.0.1/x"])
    assert again.exit_code == 0, again.output
    plan = load_plan(tmp_path / "plan.toml")
    assert [len(plan.contacts[one].channels) for one in plan.groups["technical"].members] == [0, 1]
