"""`roomwatch rooms`: one inventory of all rooms, and what Prometheus, Ansible and the rooms themselves need of it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from alerting.configuration import ConfigurationError
from monitor.commands.serving import serve_until_ended
from monitor.configuration_refusal import EXIT_CONFIGURATION, fail

if TYPE_CHECKING:
    from monitor.fleet.inventory import Inventory

_FILE = click.argument("inventory", type=click.Path(dir_okay=False, path_type=Path))
_ENCODING = click.option("--encoding", default="", help="Of a CSV that is not UTF-8: gb18030, cp1252 …")


@click.group()
def rooms() -> None:
    """Read the inventory of all rooms, and write what Prometheus, Ansible and the rooms read.

    INVENTORY is TOML with one [[room]] a room, or CSV whose first row names the columns: id, name, site, floor,
    class, address, model, user, camera, microphone, programs, language, timezone, public_url. Only id and
    address are needed. docs/fleet.md shows both.
    """


@rooms.command()
@_FILE
@_ENCODING
def check(inventory: Path, encoding: str) -> None:
    """Say whether the inventory is right; write nothing."""
    found = _read(inventory, encoding)
    click.echo(f"{len(found.rooms)} rooms at {len({room.site for room in found.rooms})} sites.")


@rooms.command()
@_FILE
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_ENCODING
@click.option("--signs", is_flag=True, help="Also draw signs.pdf: a page in A6 with a QR code for each room.")
def write(inventory: Path, folder: Path, encoding: str, signs: bool) -> None:
    """Write into FOLDER, or nothing where any room is wrong.

    rooms.json: Prometheus's file_sd. ansible.yml: an Ansible inventory. rooms/ROOM@SITE/conf.d/50-room.toml: each
    room's own configuration.
    """
    from monitor.fleet import writing
    from monitor.fleet.signs import signs as signs_of
    from monitor.pages.table_sign import CannotDraw, table_signs

    started = time.monotonic()
    found = _read(inventory, encoding)
    files: dict[str, str | bytes] = {**writing.files_of(found.rooms)}
    try:
        if signs:
            files[writing.SIGNS] = table_signs(signs_of(found.rooms))
        written = writing.write_files(folder, files)
    except CannotDraw as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot write {error.filename or folder}: {error.strerror}")
    took = time.monotonic() - started
    click.echo(f"{len(found.rooms)} rooms: {written.changed} files written, {written.same} as before, in {took:.1f} s.")
    if written.left:
        shown = ", ".join(written.left[:5]) + (" …" if len(written.left) > 5 else "")
        click.echo(f"Not in the inventory, left as they are below {folder}/rooms: {shown} ({len(written.left)}).")


@rooms.command()
@_FILE
@_ENCODING
@click.option("--listen", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=9722, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free one.")
def serve(inventory: Path, encoding: str, listen: str, port: int) -> None:
    """Serve the rooms to Prometheus (http_sd) at /targets, read anew whenever the inventory changes."""
    from monitor.fleet.http_sd import TargetService

    try:
        service = TargetService(inventory, encoding, lambda text: click.echo(text, err=True))
    except ConfigurationError as error:
        _refuse(inventory, error)
    asyncio.run(serve_until_ended(service.application(), listen, port, "/targets"))


def _read(file: Path, encoding: str) -> Inventory:
    from monitor.fleet.inventory import read_inventory

    try:
        found = read_inventory(file, encoding)
    except ConfigurationError as error:
        _refuse(file, error)
    for note in found.notes:
        click.echo(note, err=True)
    return found


def _refuse(file: Path, error: ConfigurationError) -> NoReturn:
    count = len(error.problems)
    lines = "\n".join(f"  {problem}" for problem in error.problems)
    fail(f"{count} problem{'s' if count > 1 else ''} in {file}, nothing was written:\n{lines}", EXIT_CONFIGURATION)
