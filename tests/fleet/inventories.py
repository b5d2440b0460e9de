"""Inventories written for a test."""

import csv
import io
from pathlib import Path

import pytest

from alerting.configuration import ConfigurationError
from monitor.fleet.inventory import Inventory, read_inventory


def table(folder: Path, *rows: dict[str, str], delimiter: str = ",") -> Path:
    """A CSV with these rows; the heads are the first row's."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return written(folder, "rooms.csv", out.getvalue())


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def read(folder: Path, name: str, content: str | bytes, encoding: str = "") -> Inventory:
    return read_inventory(written(folder, name, content), encoding)


def problems(folder: Path, name: str, content: str | bytes, encoding: str = "") -> list[str]:
    """What is wrong with it, one text each, without the folder."""
    with pytest.raises(ConfigurationError) as caught:
        read(folder, name, content, encoding)
    return [str(one).removeprefix(f"{folder}/") for one in caught.value.problems]
