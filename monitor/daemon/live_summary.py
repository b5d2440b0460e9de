"""The live summary that `roomwatch run` shows in a terminal: verdict, faults, checks, the page's address."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import click

from alerting.messages.check_readings import WORST, check_name, readings
from alerting.messages.system_errors import say_system_error
from alerting.model.catalogue import KINDS
from alerting.plan.wall_time import clock
from alerting.service.incident_words import (
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
from monitor.views.columns import INDENT, fold, pad, width
from monitor.views.meeting import meeting_lines
from monitor.views.notices import refused, trial, unproven
from monitor.views.premeeting import SHOWN_AFTER_SECONDS, headline, state

if TYPE_CHECKING:
    from monitor.daemon.daemon import Daemon

NAME_COLUMNS, STATE_COLUMNS = 32, 12
FEWEST_COLUMNS = 10
"""Of a note or a name: fewer say nothing."""
COLOURS = {
    "ok": "green",
    "degraded": "yellow",
    "failed": "red",
    "unknown": "bright_black",
    "suspected": "yellow",
    "unproven": "yellow",
}
VERDICTS = {"go": "green", "no_go": "red", "cannot_tell": "yellow"}
REFRESH_SECONDS = 1.0


FULL, SHORT, BARE = range(3)
"""How much is said of an incident: everything; what it is, who has it and what to do; its title alone."""
BAD = ("failed", "degraded", "suspected")
REFUSED_SHOWN = 3
"""Problems of a refused file that stand under the line that says so; `roomwatch check` has all of them."""


def view(status: dict[str, Any], words: Words, columns: int, rows: int) -> list[str]:
    """The view in so many rows. Incidents are said shorter before a failed check is left out; what is left out is
    counted."""
    good = sum(check["state"] not in BAD for check in status["checks"])
    said: list[str] = []
    for detail in (FULL, SHORT, BARE):
        said = lines(status, words, columns, detail)
        if len(said) <= rows or len(said) - good < rows:
            break
    if len(said) <= rows:
        return said
    return [*said[: rows - 1], click.style(words.text("page.more_lines", count=len(said) - rows + 1), dim=True)]


def lines(status: dict[str, Any], words: Words, columns: int, detail: int = FULL) -> list[str]:
    """The whole view as lines, coloured; the worst first. Pure."""
    name = status["name"] or status["room"]
    never = unproven(status, words)
    if wrong := trouble(status, words):
        verdict = click.style("● " + wrong, fg="red", bold=True)
    elif not status["ready"]:
        verdict = click.style("● " + words.text("page.learning"), fg="bright_black")
    elif blind := sum(check["state"] == "unknown" for check in status["checks"]):
        verdict = click.style("● " + words.text("page.blind", count=blind), fg="yellow", bold=True)
    else:
        verdict = click.style("● " + words.text("page.no_fault" if never else "page.all_well"), fg="green", bold=True)
    out = [f"{click.style(name, bold=True)}   {verdict}"]
    out += [
        click.style(line, dim=True)
        for line in meeting_lines(status["meeting"], status["now"], words, status["timezone"])
    ]
    checked = status["premeeting"]
    if checked is not None and checked["starts_at"] > status["now"] - SHOWN_AFTER_SECONDS:
        out.append(click.style(headline(checked, words, status["timezone"]), fg=VERDICTS[state(checked)]))
    for lines_of, colour in ((trial(status, words), "yellow"), (refused(status, words, REFUSED_SHOWN), "red")):
        out += [click.style(part, fg=colour) for line in lines_of for part in fold(line, columns)]
    if status["mode"] == "observe":
        out.append(click.style(words.text("page.observe"), fg="yellow"))
    out += [click.style(line, fg="yellow") for line in configuration_lines(status, words)]
    if status["nobody_reachable"]:
        out.append(click.style(words.text("page.nobody"), fg="white", bg="red", bold=True))
    for line in (*inbound_lines(status, words), *alertmanager_lines(status, words)):
        out += [click.style(part, fg="yellow") for part in fold(line, columns)]
    out.append("")
    out += incident_lines(status, words, columns, detail)
    out += _loose(status, words, columns)
    if never:
        out += [*(click.style(part, dim=True) for part in fold(never, columns)), ""]
    out += [_check(check, words, columns) for check in sorted(status["checks"], key=_order)]
    return [part for line in out for part in (fold(line, columns) if width(line) > columns else [line])]


def _order(check: dict[str, Any]) -> int:
    return WORST.get(check["state"], len(WORST))


def _loose(status: dict[str, Any], words: Words, columns: int) -> list[str]:
    """The faults that stand in no incident, the heaviest first, then the newest."""
    out = []
    for fault in sorted(loose_faults(status), key=lambda one: (-KINDS[one["code"]].weight, -one["since"])):
        key = f"fault.{fault['code']}"
        name = status["name"] or status["room"]
        said = placed(words.text(f"{key}.title", target=fault["target"], room=name), fault["target"])
        since = words.text("page.since", time=clock(fault["since"], status["timezone"]))
        out.append(f"{click.style('✗ ' + said, fg='red', bold=True)} {click.style(since, dim=True)}")
        out += fold(INDENT + words.text(f"{key}.act", target=fault["target"], room=name), columns)
    return [*out, ""] if out else out


def _check(check: dict[str, Any], words: Words, columns: int) -> str:
    place = check_name(check["check"], words, check["state"]) + (f" {check['target']}" if check["target"] else "")
    shown = click.style(pad("● " + words.text("status." + check["state"]), STATE_COLUMNS), fg=COLOURS[check["state"]])
    numbers = "  ".join(f"{key} {value}" for key, value in readings(check["values"], words))
    left = columns - NAME_COLUMNS - STATE_COLUMNS - 2
    if left < FEWEST_COLUMNS:  # a narrow window, or a phone: name and state alone
        return f"{pad(place, max(FEWEST_COLUMNS, columns - STATE_COLUMNS - 1))} {shown}"
    return f"{pad(place, NAME_COLUMNS)} {shown} {pad(note(check, words) or numbers, left)}".rstrip()


def configuration_lines(status: dict[str, Any], words: Words) -> list[str]:
    """Where the files on the disk are not what runs."""
    found = status.get("configuration")
    if found is None:  # a daemon of an earlier version answers until it is restarted
        return []
    out = []
    if found["differs"] and not status["refused"]:
        out.append(words.text("page.config_differs", command=status["commands"].get("reload", "roomwatch reload")))
    if keys := words.text("message.enumeration").join(found["restart_needed"]):
        out.append(words.text("page.config_restart", keys=keys))
    if problem := status.get("scrapers_problem"):
        out.append(words.text("page.scrapers_problem", problem=problem))
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


def alertmanager_lines(status: dict[str, Any], words: Words) -> list[str]:
    """Which member of the Alertmanager cluster accepts nothing, and why."""
    return [
        words.text("page.alertmanager_problem", url=one["url"], problem=one["problem"])
        for one in status.get("alertmanagers", ())
        if one["problem"]
    ]


def incident_lines(status: dict[str, Any], words: Words, columns: int, detail: int = FULL) -> list[str]:
    """Each open incident: what is wrong, who has it, what comes first and how to take it."""
    out = []
    for one in status["incidents"]:
        since = words.text("page.since", time=clock(one["opened_at"], status["timezone"]))
        mark = click.style(f"✗ #{one['number']} {title(one, words)}", fg="cyan" if one["drill"] else "red", bold=True)
        severity = words.text("severity." + one["severity"])
        out.append(f"{mark} {click.style(severity, bold=True)} {click.style(since, dim=True)}")
        if detail == BARE:
            continue
        said = [people(one, words), action(one, words)]
        if detail == FULL:
            sent = told(one, words, status["timezone"])
            said[1:1] = [sent, reported(one, words), also(one, words)]
        out += [part for line in said if line for part in fold(INDENT + line, columns)]
        if detail == FULL and not one["taken_by"] and status["set_up"]:  # else nobody could take it
            out.append(
                click.style(INDENT + take(one, words, status["commands"].get("take", "roomwatch take")), bold=True)
            )
    return [*out, ""] if out else out


def address(listen: str, status: dict[str, Any], words: Words) -> str:
    """Where the page is, or why it is nowhere; "" until the port is taken: the first picture does not wait for it."""
    if problem := str(status["port_problem"]):
        return words.text("page.no_port", problem=say_system_error(problem, words))
    return f"http://{listen}:{status['port']}/" if status["port"] else ""


async def show(daemon: Daemon) -> None:
    """Redraw every second until cancelled; the terminal's own screen is kept and given back."""
    words = load_words(daemon.configuration.settings.room.language)
    click.echo("\x1b[?1049h\x1b[?25l", nl=False)
    try:
        while True:
            size = shutil.get_terminal_size((100, 40))
            status = daemon.status()
            page = address(daemon.configuration.settings.web.listen, status, words)
            feet = fold("   ".join(part for part in (page, "Ctrl-C") if part), size.columns)
            shown = view(status, words, size.columns, size.lines - 1 - len(feet))
            foot = click.style("\n".join(feet), dim=True)
            click.echo("\x1b[H" + "".join(line + "\x1b[K\n" for line in shown) + "\x1b[J\n" + foot, nl=False)
            await asyncio.sleep(REFRESH_SECONDS)
    finally:
        click.echo("\x1b[?25h\x1b[?1049l", nl=False)
        click.echo("roomwatch: stopped")
