"""The inventory of rooms: read as a whole or not at all, with every problem named by file and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alerting.configuration import ConfigurationError, Problem
from monitor.fleet.address import RoomAddress, parse_address
from monitor.fleet.inventory_csv import read_csv
from monitor.fleet.inventory_rows import BadCell, InventoryRow, problem
from monitor.fleet.inventory_toml import read_toml
from monitor.fleet.inventory_values import TEXTS, program, tidy

_APART = str.maketrans(dict.fromkeys(",;|\n、，；", "|"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryRoom:
    """One room. (site, id) is its identity. line: where it stands in the inventory, 0 where that is not known.

    room_class: such as "board room". cameras, microphone: parts of the devices' stable names. programs: names of
    profiles, each with when it has to run. user: the login of the room's own session. public_url: what phones open,
    "" for the address itself.
    """

    line: int
    id: str
    address: RoomAddress
    name: str = ""
    site: str = ""
    floor: str = ""
    room_class: str = ""
    model: str = ""
    user: str = ""
    language: str = ""
    timezone: str = ""
    public_url: str = ""
    cameras: tuple[str, ...] = ()
    microphone: str = ""
    programs: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> tuple[str, str]:
        return self.site, self.id

    @property
    def key(self) -> str:
        """The identity as one word for paths and hosts, different for different rooms: "101@hq"."""
        return f"{self.id}@{path_word(self.site)}" if self.site else self.id


@dataclass(frozen=True, slots=True)
class Inventory:
    """rooms: by site, floor and id. notes: what was read in another way than it is written."""

    rooms: tuple[InventoryRoom, ...]
    notes: tuple[str, ...] = ()


def read_inventory(file: Path, encoding: str = "") -> Inventory:
    """file: TOML by its ending, else CSV. encoding: of a CSV without a mark; "" is UTF-8.

    Raises ConfigurationError with all problems at once.
    """
    read = read_toml(file) if file.suffix.lower() == ".toml" else read_csv(file, encoding)
    judge = _Judge(file)
    rooms = [room for row in read.rows if (room := judge.room(row)) is not None]
    problems = sorted([*read.problems, *judge.problems], key=_line)
    if problems:
        raise ConfigurationError(problems)
    notes = list(judge.notes())
    if read.unused:
        notes.append(f"Columns that are not used: {', '.join(read.unused)}.")
    notes += _sites_that_differ_by_case(rooms)
    return Inventory(tuple(sorted(rooms, key=lambda room: (room.site, room.floor, room.id))), tuple(notes))


def path_word(text: str) -> str:
    """The text as one part of a path: other signs than letters, digits and . _ - as in web addresses, as "%20"."""
    made = "".join(
        sign if sign.isalnum() or sign in "._-" or (ord(sign) > 127 and not sign.isspace()) else f"%{ord(sign):02X}"
        for sign in text
    )
    return f"%2E{made[1:]}" if made.startswith(".") else made


def _line(one: Problem) -> int:
    line = one.file.rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def _sites_that_differ_by_case(rooms: Sequence[InventoryRoom]) -> list[str]:
    seen: dict[str, set[str]] = {}
    for room in rooms:
        seen.setdefault(room.site.casefold(), set()).add(room.site)
    return [
        f"These sites differ by capital letters alone and are taken for different ones: {', '.join(sorted(names))}."
        for _, names in sorted(seen.items())
        if len(names) > 1
    ]


class _Judge:
    """Makes rooms of rows, and keeps what is wrong with them."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._broken = 0
        self._identities: dict[tuple[str, str], InventoryRow] = {}
        self._addresses: dict[str, InventoryRow] = {}

    def notes(self) -> list[str]:
        return [f"Line breaks inside of {self._broken} texts were read as spaces."] if self._broken else []

    def room(self, row: InventoryRow) -> InventoryRoom | None:
        """None where something is wrong with it."""
        before = len(self.problems)
        texts = {column: self._text(row, column) for column in TEXTS}
        address = self._address(row)
        self._judge_twice(row, texts["id"], texts["site"], address)
        cameras, programs = self._list(row, "camera"), self._programs(row)
        if len(self.problems) > before or address is None:
            return None
        texts["room_class"] = texts.pop("class")
        return InventoryRoom(line=row.line, address=address, cameras=cameras, programs=programs, **texts)

    def _address(self, row: InventoryRow) -> RoomAddress | None:
        text = ""
        try:
            text = _one(row, "address")
            if not text.strip():
                raise BadCell("is missing", "Write where Prometheus reaches the room, such as room-12.example.org.")
            return parse_address(text.strip())
        except BadCell as bad:
            self._say(row, "address", text, bad)
            return None

    def _judge_twice(self, row: InventoryRow, id: str, site: str, address: RoomAddress | None) -> None:
        """Rooms with one identity, and rooms with one address. Also of rows with other problems."""
        known = id and (site or not row.cells.get("site"))
        first = self._identities.setdefault((site, id), row) if known else row
        if first is not row:
            where = f'at the site "{site}"' if site else "without a site"
            remedy = "Give each room of a site an id of its own, or write the site of each."
            self._say(row, "id", id, BadCell(f"there is a room of this id {where} already{_on_line(first)}", remedy))
        first = self._addresses.setdefault(address.target, row) if address else row
        if first is not row and address:
            bad = BadCell(f"is the address of another room too{_on_line(first)}", "Each room has one of its own.")
            self._say(row, "address", address.target, bad)

    def _say(self, row: InventoryRow, column: str, value: str, bad: BadCell) -> None:
        shown = _shown(value) if value else ""
        found = problem(self.file, row.line_of(column), str(bad), bad.remedy, column=column, value=shown)
        self.problems.append(found)

    def _text(self, row: InventoryRow, column: str) -> str:
        """ "" where it is wrong."""
        text = ""
        try:
            text = _one(row, column)
            self._broken += len(text.strip().splitlines()) > 1
            made = tidy(text)
            TEXTS[column](made)
        except BadCell as bad:
            self._say(row, column, text, bad)
            return ""
        return made

    def _list(self, row: InventoryRow, column: str) -> tuple[str, ...]:
        cell = row.cells.get(column, "")
        made: list[str] = []
        for part in cell if isinstance(cell, tuple) else cell.translate(_APART).split("|"):
            try:
                made.append(tidy(part))
            except BadCell as bad:
                self._say(row, column, part, bad)
        return tuple(dict.fromkeys(filter(None, made)))

    def _programs(self, row: InventoryRow) -> tuple[tuple[str, str], ...]:
        made: dict[str, str] = {}
        for part in (one for text in self._list(row, "programs") for one in text.split()):
            try:
                name, expected = program(part)
                made[name] = expected
            except BadCell as bad:
                self._say(row, "programs", part, bad)
        return tuple(sorted(made.items()))


def _one(row: InventoryRow, column: str) -> str:
    """Raises BadCell."""
    cell = row.cells.get(column, "")
    if isinstance(cell, tuple):
        raise BadCell("is an array", "Write one text.")
    return cell


def _on_line(row: InventoryRow) -> str:
    return f", on line {row.line}" if row.line else ""


def _shown(value: str) -> str:
    """In quotes, in one line, and nothing that steers a terminal."""
    value = "".join(sign if sign.isprintable() else "\ufffd" for sign in value)
    return f'"{value if len(value) <= 60 else value[:59] + "…"}"'
