"""The inventory: what is read of it, and what is said of a bad one."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.configuration import ConfigurationError
from monitor.fleet.inventory import read_inventory
from tests.fleet.inventories import problems, read, table


def test_csv_and_toml_say_the_same(tmp_path: Path) -> None:
    by_csv = read(
        tmp_path,
        "rooms.csv",
        "id,name,site,floor,address,camera,programs\n"
        '3-12,"3F ""Lakeside"", 会议室 🎥",hq,3,Room-3-12.example.org.,usb-A|usb-B,"teams, zoom=always"\n',
    )
    by_toml = read(
        tmp_path,
        "rooms.toml",
        '\ufeff[[room]]\nid = "3-12"\nname = \'3F "Lakeside", 会议室 🎥\'\nsite = "hq"\nfloor = 3\n'
        'address = "room-3-12.example.org:9720"\ncamera = ["usb-A", "usb-B"]\nprograms = ["zoom=always", "teams"]\n',
    )
    assert [room.name for room in by_csv.rooms] == ['3F "Lakeside", 会议室 🎥']
    assert by_csv.rooms[0].programs == (("teams", "hours"), ("zoom", "always"))
    same = ("id", "name", "site", "floor", "address", "cameras", "programs")
    assert [getattr(by_csv.rooms[0], one) for one in same] == [getattr(by_toml.rooms[0], one) for one in same]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "sep=X\r\n"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, separator: str, mark: str, line: str) -> None:
    rows = (("Room ID", "名称", "IP Address", ""), (" a1 ", "Alpha", "192.0.2.1", ""), ("", "", "", ""))
    text = mark.replace("X", separator) + line.join(separator.join(row) for row in rows)
    (room,) = read(tmp_path, "rooms.csv", text).rooms
    assert (room.id, room.name, room.address.target) == ("a1", "Alpha", "192.0.2.1:9720")


def test_encodings_are_named_or_marked_and_never_guessed(tmp_path: Path) -> None:
    text = "id,name,address\na1,湖畔会议室,192.0.2.1\n"
    assert read(tmp_path, "rooms.csv", text.encode("gb18030"), "gb18030").rooms[0].name == "湖畔会议室"
    assert read(tmp_path, "rooms.csv", text.encode("utf-16")).rooms[0].name == "湖畔会议室"
    (said,) = problems(tmp_path, "rooms.csv", text.encode("gb18030"))
    assert said.startswith("rooms.csv:2: is not UTF-8.") and "--encoding gb18030" in said
    (said,) = problems(tmp_path, "rooms.csv", text, "klingon")
    assert 'there is no encoding "klingon"' in said


def test_a_line_break_in_a_name_becomes_a_space_and_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, "rooms.csv", 'id,name,address\na1,"Lake\nside",192.0.2.1\n')
    assert found.rooms[0].name == "Lake side"
    assert found.notes == ("Line breaks inside of 1 texts were read as spaces.",)


def test_rooms_of_two_sites_may_have_one_id(tmp_path: Path) -> None:
    found = read(tmp_path, "rooms.csv", "id,site,address\n101,hq,192.0.2.1\n101,lab,192.0.2.2\n101,,192.0.2.3\n")
    assert {room.identity for room in found.rooms} == {("hq", "101"), ("lab", "101"), ("", "101")}
    assert {room.key for room in found.rooms} == {"101@hq", "101@lab", "101"}


def test_everything_that_is_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        "id,name,site,address,programs,timezone\n"
        '3-12,"two\nlines",hq,192.0.2.1,teams,\n'
        "3-12,,hq,192.0.2.2,,\n"
        "三楼,,hq,192.0.2.300,,\n"
        "3-14,,hq,192.0.2.1,team,Mars/Base\n"
        "3-15,,hq,,,,,extra\n"
    )
    assert problems(tmp_path, "rooms.csv", text) == [
        'rooms.csv:4: id = "3-12": there is a room of this id at the site "hq" already, on line 2. '
        "Give each room of a site an id of its own, or write the site of each.",
        'rooms.csv:5: id = "三楼": is no id. '
        "Write up to 64 letters (a to z), digits, dots, dashes and underscores; the name may be anything.",
        'rooms.csv:5: address = "192.0.2.300": is no IP address. '
        'Write it as "room-12.example.org", "192.0.2.12", "192.0.2.12:9720" or "[2001:db8::12]:9720".',
        'rooms.csv:6: timezone = "Mars/Base": is no time zone. Write one such as "Asia/Shanghai".',
        'rooms.csv:6: address = "192.0.2.1:9720": is the address of another room too, on line 2. '
        "Each room has one of its own.",
        'rooms.csv:6: programs = "team": is no program of applications.toml. Did you mean "teams"?',
        "rooms.csv:7: has 8 cells for 6 columns. A text with the separator in it belongs in quotes.",
    ]


def test_a_problem_in_toml_has_the_line_of_its_key(tmp_path: Path) -> None:
    name = '"""\n[[room]]\nid = "x" # \'\'\'\n"""'
    text = f'# rooms\n[[room]]\nid = "a"\nname = {name}\naddress = "b c"\n\n[[room]]\nflor = 3\n'
    assert [one.partition(" = ")[0].partition(": unk")[0] for one in problems(tmp_path, "rooms.toml", text)] == [
        "rooms.toml:8: address",
        "rooms.toml:10: id: is missing. Each room has an id, such as 3-12.",
        "rooms.toml:10: address: is missing. Write where Prometheus reaches the room, such as room-12.example.org.",
        "rooms.toml:11: flor",
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("rooms.csv", "", "has no such columns"),
        ("rooms.csv", "a,b\n1,2\n", "has no such columns; it has: a, b"),
        ("rooms.csv", "id,address\n", "has no row below its heads"),
        ("rooms.csv", "id,id,address\na,b,c\n", "is in two columns"),
        ("rooms.csv", "id,flor,address\na,b,c\n", 'Did you mean "floor"?'),
        ("rooms.csv", 'id,address\na,"192.0.2.1\n', "rooms.csv:2: cannot be read as CSV"),
        ("rooms.csv", 'id,address\na,"192"0.2.1\n', "rooms.csv:2: cannot be read as CSV"),
        ("rooms.csv", "id,name,address\na,b\x1b[2J,192.0.2.1\n", "holds the sign U+001B"),
        ("rooms.csv", "id,name,address\na,b\u202ec,192.0.2.1\n", "holds the sign U+202E"),
        ("rooms.csv", f"id,name,address\na,{'x' * 201},192.0.2.1\n", "is longer than 200 signs"),
        ("rooms.toml", "", "holds no rooms"),
        ("rooms.toml", "[[room]\n", "is not TOML"),
        ("rooms.toml", 'site = "hq"\n[[room]]\nid = "a"\naddress = "192.0.2.1"\n', "site: unknown key"),
        ("rooms.toml", '[[room]]\nid = "a"\naddress = 1.5\n', "rooms.toml:3: address: is no text"),
        ("rooms.toml", 'room = [{ id = "a b", address = "192.0.2.1" }]', 'rooms.toml: id = "a b": is no id'),
    ],
)
def test_a_file_that_is_no_inventory_says_why(tmp_path: Path, name: str, content: str, expected: str) -> None:
    assert any(expected in one for one in problems(tmp_path, name, content))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_inventory(tmp_path / "none.csv")


def test_columns_that_say_nothing_and_sites_that_look_alike_are_named(tmp_path: Path) -> None:
    rows = ({"id": "a", "site": "HQ", "address": "192.0.2.1", "Owner": "Ann"},)
    other = {"id": "a", "site": "hq", "address": "192.0.2.2", "Owner": ""}
    notes = read_inventory(table(tmp_path, *rows, other)).notes
    assert "Columns that are not used: Owner." in notes
    assert any("HQ, hq" in note for note in notes)


TEXT = st.text(st.characters(codec="utf-8"), max_size=80)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=4), separator=st.sampled_from(",;\t")
)
def test_any_table_is_read_or_refused_with_lines(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], separator: str
) -> None:
    heads = ("id", "name", "site", "address", "programs")
    file = table(
        tmp_path_factory.mktemp("any"), *(dict(zip(heads, row, strict=True)) for row in rows), delimiter=separator
    )
    try:
        read_inventory(file)
    except ConfigurationError as error:
        assert all(one.file.startswith(str(file)) and one.message for one in error.problems)
