"""The live summary that `roomwatch run` shows in a terminal: verdict, faults, checks, the page's address."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import click

from alerting.plan.wall_time import clock
from alerting.service.incident_view import (
    action,
    also,
    loose_faults,
    people,
    placed,
    reported,
    take,
    title,
    told,
    trouble,
)
from alerting.words import Words, load_words
from monitor.views.check_note import note
from monitor.views.meeting import meeting_lines
from monitor.views.premeeting import SHOWN_AFTER_SECONDS, headline, state
from monitor.views.readable import check_name, readings

if TYPE_CHECKING:
    from monitor.daemon.daemon import Daemon

COLOURS = {"ok": "green", "degraded": "yellow", "failed": "red", "unknown": "bright_black", "suspected": "yellow"}
VERDICTS = {"go": "green", "no_go": "red", "cannot_tell": "yellow"}
REFRESH_SECONDS = 1.0


def width(text: str) -> int:
    """Columns in a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def pad(text: str, columns: int) -> str:
    """The text cut or filled to the given columns."""
    kept = ""
    for sign in text:
        if width(kept + sign) > columns:
            kept = kept[:-1] + "…"
            break
        kept += sign
    return kept + " " * (columns - width(kept))


def lines(status: dict[str, Any], words: Words, columns: int) -> list[str]:
    """The whole view as lines, coloured. Pure."""
    name = status["name"] or status["room"]
    if wrong := trouble(status, words):
        verdict = click.style("● " + wrong, fg="red", bold=True)
    elif not status["ready"]:
        verdict = click.style("● " + words.text("page.learning"), fg="bright_black")
    elif blind := sum(check["state"] == "unknown" for check in status["checks"]):
        verdict = click.style("● " + words.text("page.blind", count=blind), fg="yellow", bold=True)
    else:
        verdict = click.style("● " + words.text("page.all_well"), fg="green", bold=True)
    out = [f"{click.style(name, bold=True)}   {verdict}"]
    out += [
        click.style(line, dim=True)
        for line in meeting_lines(status["meeting"], status["now"], words, status["timezone"])
    ]
    checked = status["premeeting"]
    if checked is not None and checked["starts_at"] > status["now"] - SHOWN_AFTER_SECONDS:
        out.append(click.style(headline(checked, words, status["timezone"]), fg=VERDICTS[state(checked)]))
    if status["mode"] == "observe":
        out.append(click.style(words.text("page.observe"), fg="yellow"))
    if status["nobody_reachable"]:
        out.append(click.style(words.text("page.nobody"), fg="white", bg="red", bold=True))
    out += [click.style(line, fg="yellow") for line in inbound_lines(status, words)]
    out.append("")
    out += incident_lines(status, words)
    faults = loose_faults(status)
    for fault in faults:
        key = f"fault.{fault['code']}"
        said = placed(words.text(f"{key}.title", target=fault["target"], room=name), fault["target"])
        since = words.text("page.since", time=clock(fault["since"], status["timezone"]))
        out.append(f"{click.style('✗ ' + said, fg='red', bold=True)} {click.style(since, dim=True)}")
        out.append("  " + words.text(f"{key}.act", target=fault["target"], room=name))
    if faults:
        out.append("")
    for check in status["checks"]:
        place = check_name(check["check"], words) + (f" {check['target']}" if check["target"] else "")
        shown = click.style(pad("● " + words.text("status." + check["state"]), 10), fg=COLOURS[check["state"]])
        numbers = "  ".join(f"{key} {value}" for key, value in readings(check["values"], words))
        room = max(10, columns - 48)
        out.append(f"{pad(place, 34)} {shown} {pad(note(check, words) or numbers, room)}")
    return out


def inbound_lines(status: dict[str, Any], words: Words) -> list[str]:
    """Why answers cannot be read, in the server's own words, and what broke a reader and is not read again."""
    out = []
    for one in status["inbound"]:
        if one["problem"]:
            out.append(words.text("page.inbound_problem", problem=one["problem"]))
        if one["set_aside"]:
            items = words.text("message.enumeration").join(one["set_aside"])
            out.append(words.text("page.set_aside", source=one["source"], items=items))
    return out


def incident_lines(status: dict[str, Any], words: Words) -> list[str]:
    """Each open incident: what is wrong, who has it, what comes first and how to take it."""
    out = []
    for one in status["incidents"]:
        since = words.text("page.since", time=clock(one["opened_at"], status["timezone"]))
        mark = click.style(f"✗ #{one['number']} {title(one, words)}", fg="cyan" if one["drill"] else "red", bold=True)
        severity = words.text("severity." + one["severity"])
        out.append(f"{mark} {click.style(severity, bold=True)} {click.style(since, dim=True)}")
        out.append("  " + people(one, words))
        sent = told(one, words, status["timezone"])
        out += ["  " + line for line in (sent, reported(one, words), also(one, words), action(one, words)) if line]
        out += [click.style("  " + take(one, words), bold=True)] if not one["taken_by"] else []
    return [*out, ""] if out else out


def address(listen: str, status: dict[str, Any]) -> str:
    """Where the page is, or why it is nowhere; "" until the port is taken: the first picture does not wait for it."""
    return str(status["port_problem"]) or (f"http://{listen}:{status['port']}/" if status["port"] else "")


async def show(daemon: Daemon) -> None:
    """Redraw every second until cancelled; the terminal's own screen is kept and given back."""
    words = load_words(daemon.configuration.settings.room.language)
    click.echo("\x1b[?1049h\x1b[?25l", nl=False)
    try:
        while True:
            size = shutil.get_terminal_size((100, 40))
            status = daemon.status()
            page = address(daemon.configuration.settings.web.listen, status)
            view = lines(status, words, size.columns)[: size.lines - 3]
            foot = click.style("   ".join(part for part in (page, "Ctrl-C") if part), dim=True)
            click.echo("\x1b[H" + "".join(line + "\x1b[K\n" for line in view) + "\x1b[J\n" + foot, nl=False)
            await asyncio.sleep(REFRESH_SECONDS)
    finally:
        click.echo("\x1b[?25h\x1b[?1049l", nl=False)
        click.echo("roomwatch: stopped")
