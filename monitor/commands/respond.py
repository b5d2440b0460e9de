"""What people say of an incident: take it, confirm it, correct it, give orders, ask for help, end it."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path

import click

from alerting.model.fault import FaultClass, Severity
from alerting.plan.wall_time import clock, to_unix, to_wall, zone_of
from monitor.commands.daemon_command import number_argument, refuse, say, send, spoken, text_option, timezone_of
from monitor.configuration_refusal import load_to_ask

_to = click.option("--to", "to", multiple=True, required=True, metavar="NAME", help="A contact or a group; repeat it.")


@click.command()
@number_argument
@spoken
def take(number: int, by: str, config: Path | None) -> None:
    """Take incident NUMBER (acknowledge it).

    Also takes it over from somebody else. Escalation stops; those who were told hear of it.
    """
    answer, words = send(config, "take", by, incident=number)
    say(words, "taken", number=number, by=answer["by"])


@click.command()
@number_argument
@text_option
@spoken
def confirm(number: int, text: str, by: str, config: Path | None) -> None:
    """Confirm the fault of incident NUMBER.

    When a member of the technical group does, leadership is told at once.
    """
    answer, words = send(config, "confirm", by, incident=number, text=text)
    say(words, "confirmed" if answer["technical"] else "confirmed_by_other", number=number, by=answer["by"])


@click.command()
@number_argument
@click.argument("text")
@spoken
def note(number: int, text: str, by: str, config: Path | None) -> None:
    """Add a note to incident NUMBER.

    The report shows it.
    """
    _, words = send(config, "note", by, incident=number, text=text)
    say(words, "noted", number=number)


@click.command()
@number_argument
@click.argument("text")
@_to
@spoken
def order(number: int, text: str, to: tuple[str, ...], by: str, config: Path | None) -> None:
    """Give an order in incident NUMBER.

    Who does what: it is recorded and passed on to those named by --to.
    """
    answer, words = send(config, "order", by, incident=number, text=text, to=list(to))
    say(words, "ordered", number=number, to=words.traits.comma.join(answer["told_to"]))


@click.command()
@number_argument
@click.argument("text", default="")
@_to
@spoken
def assign(number: int, text: str, to: tuple[str, ...], by: str, config: Path | None) -> None:
    """Ask people to help with incident NUMBER.

    On the spot; they answer with accept or decline, and their silence is told to you.
    """
    answer, words = send(config, "assign", by, incident=number, text=text, to=list(to))
    say(words, "assigned", number=number, to=words.traits.comma.join(answer["told_to"]))


@click.command()
@number_argument
@text_option
@spoken
def accept(number: int, text: str, by: str, config: Path | None) -> None:
    """Say that you come to help with incident NUMBER.

    Who asked hears it.
    """
    answer, words = send(config, "accept", by, incident=number, text=text)
    say(words, "accepted", number=number, by=answer["by"])


@click.command()
@number_argument
@text_option
@spoken
def decline(number: int, text: str, by: str, config: Path | None) -> None:
    """Say that you cannot help with incident NUMBER.

    Who asked hears it and asks somebody else.
    """
    answer, words = send(config, "decline", by, incident=number, text=text)
    say(words, "declined", number=number, by=answer["by"])


@click.command()
@number_argument
@click.argument("until", metavar="TIME")
@text_option
@spoken
def snooze(number: int, until: str, text: str, by: str, config: Path | None) -> None:
    """Let incident NUMBER rest until TIME.

    A span such as 30m or 2h, or the room's time of day such as 14:30; a day at most. It wakes when
    the fault gets worse.
    """
    timezone = timezone_of(load_to_ask(config))
    moment = time_of(until, time.time(), timezone)
    if moment is None:
        refuse(f'"{until}" is no time. Write 30m, 2h or 14:30.')
    _, words = send(config, "snooze", by, incident=number, until=moment, text=text)
    say(words, "snoozed", number=number, until=clock(moment, timezone, "%m-%d %H:%M"))


def time_of(text: str, now: float, timezone: str) -> float | None:
    """Unix seconds of "30m", "2h", "90" (minutes) or the next "14:30" of the zone; None for none."""
    span = re.fullmatch(r"(\d{1,4})\s*(m|min|h)?", text.strip().lower())
    if span:
        return now + int(span[1]) * (3600.0 if span[2] == "h" else 60.0)
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    if found is None:
        return None
    zone = zone_of(timezone)
    here = to_wall(now, zone)
    then = here.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    return to_unix(then if then > here else then + dt.timedelta(days=1), zone)


@click.command("class")
@number_argument
@click.argument("fault_class", metavar="CLASS", type=click.Choice([one.value for one in FaultClass]))
@text_option
@spoken
def correct_class(number: int, fault_class: str, text: str, by: str, config: Path | None) -> None:
    """Correct the class of incident NUMBER.

    CLASS: software, network, device, operator, external or other. The steps of that class take over from there: nobody
    is told a step again, and who was not told yet is told at its time. Where they tell nobody new, or the plan has
    changed since the incident was opened, it keeps the steps that it had; the answer says which.
    """
    answer, words = send(config, "class", by, incident=number, fault_class=fault_class, text=text)
    say(words, "class", number=number, value=words.text(f"class.{fault_class}"))
    say(words, f"class_{answer['chain']}")


@click.command("severity")
@number_argument
@click.argument("level", metavar="LEVEL", type=click.Choice([one.word for one in Severity]))
@text_option
@spoken
def correct_severity(number: int, level: str, text: str, by: str, config: Path | None) -> None:
    """Correct the severity of incident NUMBER.

    LEVEL: notice, warning or critical. Your word stays, whatever the meeting does. A higher one than ever
    before begins its steps; with a lower one the steps that run go on.
    """
    _, words = send(config, "severity", by, incident=number, severity=level, text=text)
    say(words, "severity", number=number, value=words.text(f"severity.{level}"))


@click.command()
@number_argument
@text_option
@spoken
def mitigate(number: int, text: str, by: str, config: Path | None) -> None:
    """Say that the meeting goes on elsewhere.

    Escalation of incident NUMBER stops; what broke is still to be mended. --text: where it goes on.
    """
    _, words = send(config, "mitigate", by, incident=number, text=text)
    say(words, "mitigated", number=number)


@click.command()
@number_argument
@click.argument("text")
@spoken
def done(number: int, text: str, by: str, config: Path | None) -> None:
    """Say what was done in incident NUMBER.

    The message of the recovery and the report show it.
    """
    answer, words = send(config, "done", by, incident=number, text=text)
    say(words, "done", number=number)
    if answer.get("ends_by_word"):
        say(words, "ends_by_word", number=number)


@click.command()
@number_argument
@text_option
@click.option("--force", is_flag=True, help="Even though the probes still see the fault; it is recorded as forced.")
@spoken
def resolve(number: int, text: str, force: bool, by: str, config: Path | None) -> None:
    """Declare incident NUMBER over.

    For faults that no probe sees; the others resolve by themselves. --text: what was done.
    """
    answer, words = send(config, "resolve", by, incident=number, text=text, force=force)
    say(words, "resolved", number=number)
    if answer.get("still_seen"):
        say(words, "still_seen", number=number, faults=", ".join(answer["still_seen"]))


@click.command()
@number_argument
@text_option
@spoken
def close(number: int, text: str, by: str, config: Path | None) -> None:
    """Close incident NUMBER, which is resolved.

    Else it is closed an hour after its end.
    """
    _, words = send(config, "close", by, incident=number, text=text)
    say(words, "closed", number=number)
