"""Strict TOML: every problem at once, each with file, path, value and remedy."""

import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import msgspec
import pytest

from alerting.configuration import ConfigurationError, Secret, effective, read_layers, read_table, structure
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from monitor.settings import loading
from monitor.settings.usable_names import LONGEST_SOCKET, unusable_state
from tests.open_folders import as_ordinary_user, open_folder


class Inner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    interval: Annotated[float, msgspec.Meta(ge=1)] = 15.0
    hosts: tuple[str, ...] = ()


class Outer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    inner: Inner = Inner()
    contacts: dict[str, Inner] = {}
    token: Secret | None = None


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


def refusal(read: Callable[[], object]) -> str:
    """What a configuration is refused with, "" where it is taken."""
    try:
        read()
    except ConfigurationError as error:
        return str(error)
    return ""


def test_tables_merge_arrays_replace_and_origins_are_kept(tmp_path: Path) -> None:
    base = write(tmp_path, "base.toml", '[inner]\ninterval = 5\nhosts = ["a", "b"]\n')
    room = write(tmp_path, "room.toml", '[inner]\nhosts = ["c"]\n')
    layers = read_layers([base, room])
    made = structure(Outer, layers)
    assert made.inner == Inner(interval=5.0, hosts=("c",))
    assert layers.origin(("inner", "hosts")) == str(room)
    assert layers.origin(("inner", "interval")) == str(base)


def test_all_problems_come_at_once_with_place_and_remedy(tmp_path: Path) -> None:
    file = write(tmp_path, "a.toml", 'inner = { intervall = 1, interval = "x" }\n[contacts.li]\ninterval = 0\n')
    with pytest.raises(ConfigurationError) as caught:
        structure(Outer, read_layers([file]))
    assert [str(problem) for problem in caught.value.problems] == [
        f'{file}: inner.intervall: unknown key. Did you mean "interval"?',
        f'{file}: inner.interval = "x": expected a number, got a text in quotes.',
        f"{file}: contacts.li.interval = 0: expected a number >= 1.0.",
    ]


def test_a_file_that_is_not_toml_names_the_line(tmp_path: Path) -> None:
    file = write(tmp_path, "a.toml", "[inner\n")
    with pytest.raises(ConfigurationError, match="line 1"):
        read_layers([file])


def test_a_secret_is_read_when_revealed_and_never_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOM_TOKEN", "hunter2")
    file = write(tmp_path, "a.toml", 'token = { env = "ROOM_TOKEN" }\n')
    made = structure(Outer, read_layers([file]))
    assert made.token is not None
    assert made.token.reveal() == "hunter2"
    assert "hunter2" not in f"{made} {made.token!r} {effective(made)}"


def test_a_missing_secret_names_the_place_when_it_is_needed(tmp_path: Path) -> None:
    made = structure(Outer, read_layers([write(tmp_path, "a.toml", 'token = { file = "/nowhere/token" }\n')]))
    assert made.token is not None
    with pytest.raises(LookupError, match="/nowhere/token"):
        made.token.reveal()


def test_a_value_that_may_be_left_out_is_read_and_judged(tmp_path: Path) -> None:
    class Optional(msgspec.Struct, frozen=True, kw_only=True):
        day: int | None = None

    file = tmp_path / "a.toml"
    file.write_text("day = 3\n")
    assert structure(Optional, read_layers([file])).day == 3
    file.write_text('day = "three"\n')
    with pytest.raises(ConfigurationError, match='day = "three"'):
        structure(Optional, read_layers([file]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "brackets are nested too deeply"),
        ("a = " + "9" * 6000, "a number has too many digits"),
    ],
)
def test_toml_beyond_what_python_reads_is_one_problem(text: str, message: str, tmp_path: Path) -> None:
    file = write(tmp_path, "a.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        read_layers([file])
    assert [one.message for one in caught.value.problems] == [f"is not TOML: {message}"]


@pytest.mark.parametrize(
    "text",
    ["[" + ".".join(["a"] * 20_000) + "]\n", "[[x]]\n[x." + ".".join(["a"] * 20_000) + "]\n", "a" + ".a" * 32 + " = 1"],
    ids=["tables", "tables in an array", "a key"],
)
def test_tables_nested_beyond_reason_are_one_problem(text: str, tmp_path: Path) -> None:
    file = write(tmp_path, "a.toml", text)
    assert refusal(partial(read_layers, [file])) == (
        f"{file}: holds tables nested more than 32 deep. Mend the longest [a.b.c]."
    )
    assert read_layers([write(tmp_path, "b.toml", "a" + ".a" * 31 + " = 1")]).merged


def test_a_file_of_many_tables_costs_no_more_for_each(tmp_path: Path) -> None:
    """Counted in steps of Python: 100 times the tables may take 100 times as many, and a half more."""

    def steps(tables: int) -> int:
        file = write(tmp_path, "many.toml", "".join(f"[a.t{number}]\nx = 1\n" for number in range(tables)))
        table = read_table(file)
        count = 0

        def counting(frame: FrameType, event: str, _: object) -> Any:
            nonlocal count
            count += event == "line"
            return counting

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("alerting.configuration.layers.read_table", lambda _: table)
            before = sys.gettrace()
            sys.settrace(counting)
            try:
                read_layers([file, file])
            finally:
                sys.settrace(before)
        return count

    assert steps(1000) < 150 * steps(10)


def test_a_table_that_a_value_replaces_leaves_no_origin_behind(tmp_path: Path) -> None:
    base = write(tmp_path, "a.toml", "[a.b]\nc = 1\n[a.b.d]\ne = 1\n[ab]\nc = 1\n")
    room = write(tmp_path, "b.toml", "a.b = 5\n")
    layers = read_layers([base, room])
    assert layers.merged == {"a": {"b": 5}, "ab": {"c": 1}}
    assert layers.origins == {
        ("a",): str(base), ("a", "b"): str(room), ("ab",): str(base), ("ab", "c"): str(base)
    }  # fmt: skip


def test_the_mark_that_editors_put_at_the_begin_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes('mode = "observe"\n'.encode("utf-8-sig"))
    assert read_table(file) == {"mode": "observe"}


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    (tmp_path / "b.toml").symlink_to("/dev/zero")
    with pytest.raises(ConfigurationError) as caught:
        read_layers([tmp_path / "a.toml", tmp_path / "b.toml"])
    assert [one.message for one in caught.value.problems] == ["is not a regular file"] * 2


def test_a_key_of_another_type_leaves_the_place_of_the_daemon_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, "roomwatch.toml", 'state = "/srv/room"\n[room]\nlanguage = "zh-CN"\n')
    (tmp_path / "conf.d").mkdir()
    write(tmp_path / "conf.d", "a.toml", 'state = ["a"]\nroom = 5\n')
    (tmp_path / "conf.d" / "b.toml").mkdir()
    made = loading.load_readable(tmp_path).settings
    assert (made.state, made.room.language) == ("/srv/room", "zh-CN")


def test_a_folder_that_may_not_be_entered_is_named_and_not_passed_over() -> None:
    with open_folder() as folder, pytest.MonkeyPatch.context() as patch:
        closed = folder / "closed"
        closed.mkdir()
        file = write(closed, "roomwatch.toml", "")
        write(closed, "plan.toml", "")
        closed.chmod(0)
        patch.setattr(loading, "SYSTEM_FOLDER", closed)
        for config in (None, file):
            said = as_ordinary_user(partial(refusal, partial(loading.load, config)))
            assert said == f"{file}: cannot be read (Permission denied). Check the path and mode."
        said = as_ordinary_user(partial(refusal, partial(load_plan, closed / "plan.toml")))
        assert said == f"{closed / 'plan.toml'}: cannot be read (Permission denied). Check the path and mode."
        closed.chmod(0o700)


@pytest.mark.parametrize("mode", [0o000, 0o300, 0o400], ids=["closed", "not to be listed", "not to be entered"])
def test_overlays_that_may_not_be_read_are_named_and_not_passed_over(mode: int) -> None:
    """People, web users and the mode stand in them."""
    with open_folder() as folder:
        write(folder, "roomwatch.toml", "")
        write(folder, "plan.toml", "")
        for beside in ("conf.d", "plan.d"):
            (folder / beside).mkdir()
            write(folder / beside, "a.toml", "")
            (folder / beside).chmod(mode | mode >> 3 | mode >> 6)
        for beside, read in (
            ("conf.d", partial(loading.load, folder)),
            ("plan.d", partial(load_plan, folder / "plan.toml")),
        ):
            said = as_ordinary_user(partial(refusal, read))
            place = folder / beside / "a.toml" if mode == 0o400 else folder / beside
            assert said == f"{place}: cannot be read (Permission denied). Check the path and mode."
            (folder / beside).chmod(0o755)


def test_a_file_in_the_place_of_the_overlays_is_named(tmp_path: Path) -> None:
    write(tmp_path, "roomwatch.toml", "")
    write(tmp_path, "conf.d", 'mode = "observe"\n')
    assert refusal(lambda: loading.load(tmp_path)) == (
        f"{tmp_path}/conf.d/*.toml: cannot be read (Not a directory). Check the path and mode."
    )
    (tmp_path / "conf.d").unlink()
    (tmp_path / "conf.d").symlink_to(tmp_path / "nowhere")
    assert refusal(lambda: loading.load(tmp_path)) == (
        f"{tmp_path}/conf.d: cannot be read (No such file or directory). Check the path and mode."
    )


def test_a_plan_that_is_no_file_is_named(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    assert load_plan(plan) == Plan()
    plan.symlink_to(plan)
    assert "Too many levels of symbolic links" in refusal(lambda: load_plan(plan))
    plan.unlink()
    plan.symlink_to(tmp_path / "nowhere")
    assert "No such file" in refusal(lambda: load_plan(plan))
    plan.unlink()
    plan.mkdir()
    assert "Is a directory" in refusal(lambda: load_plan(plan))
    plan.rmdir()
    os.mkfifo(plan)
    assert "is not a regular file" in refusal(lambda: load_plan(plan))
    assert "File name too long" in refusal(lambda: load_plan(tmp_path / ("a" * 300)))


@pytest.mark.parametrize(
    "state", ["x" * 300, "a\\u0000b", "{folder}/roomwatch.toml/below"], ids=["long", "NUL", "file"]
)
def test_a_state_that_no_daemon_could_use_is_refused_and_not_asked_for(state: str, tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    write(tmp_path, "roomwatch.toml", 'state = "/srv/room"\n')
    write(tmp_path / "conf.d", "a.toml", f'state = "{state.format(folder=tmp_path)}"\n')
    assert ": state" in refusal(partial(loading.load, tmp_path))
    assert loading.load_readable(tmp_path).settings.state == "/srv/room"


def test_the_longest_path_of_a_state_is_that_of_its_socket(tmp_path: Path) -> None:
    longest = "/" + "x" * (LONGEST_SOCKET - len("//control.sock"))
    assert unusable_state(longest) == ("", "")
    assert "(1 too many of at most 107 bytes)" in unusable_state(longest + "x")[0]
    with socket.socket(socket.AF_UNIX) as bound, pytest.raises(FileNotFoundError):
        bound.bind(f"{longest}/control.sock")  # the kernel takes the path, and finds no such folder
    with socket.socket(socket.AF_UNIX) as bound, pytest.raises(OSError, match="too long"):
        bound.bind(f"{longest}x/control.sock")
