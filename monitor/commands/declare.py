"""`roomwatch declare`: what a person reports, by phone or in person, for a room, a floor or the whole site."""

from __future__ import annotations

from pathlib import Path

import click

from alerting.model.fault import FaultClass, Severity
from alerting.service.incident_words import told
from monitor.commands.daemon_command import refuse, say, send, spoken


@click.command()
@click.argument("text")
@click.option(
    "--class",
    "fault_class",
    type=click.Choice([one.value for one in FaultClass]),
    default="other",
    show_default=True,
    help="external: a disaster, a power cut.",
)
@click.option("--severity", type=click.Choice([one.word for one in Severity]), default=None, help="Else by the plan.")
@click.option("--room", default="", metavar="ID", help="Which room. Default: this one.")
@click.option("--floor", default="", metavar="NAME", help="A whole floor instead of a room.")
@click.option("--site", default="", metavar="NAME", help="The whole site instead of a room.")
@click.option("--new", is_flag=True, help="An incident of its own, even where one of that class is open in the room.")
@spoken
def declare(
    text: str,
    fault_class: str,
    severity: str | None,
    room: str,
    floor: str,
    site: str,
    new: bool,
    by: str,
    config: Path | None,
) -> None:
    """Enter what somebody reports.

    TEXT: in their words; --by NAME: the caller. It joins the open incident of that room and class, or
    opens one and tells people by the plan.
    """
    given = [(scope, name) for scope, name in (("room", room), ("floor", floor), ("site", site)) if name]
    if len(given) > 1:
        refuse("give one of --room, --floor and --site.")
    scope, place = given[0] if given else ("room", "")
    verb = "declare" if new or scope != "room" else "report"
    arguments: dict[str, object] = {
        "class": fault_class,
        "text": text,
        "room": place,
        "scope": scope,
        "severity": severity or "",
    }
    answer, words = send(config, verb, by, **arguments)
    say(words, "joined" if answer["joined"] else "declared", number=answer["number"], by=answer["by"])
    heard = told(answer, words, answer["timezone"]) if "told" in answer else ""
    click.echo(heard + words.traits.stop if heard else words.text("command.told_nobody"))
    if following := answer.get("next"):
        span = words.text("message.minutes", minutes=max(1, round(following["after"] / 60)))
        say(words, "told_next", span=span, people=words.traits.comma.join(following["people"]))
    if answer.get("caller"):
        say(words, "caller", by=answer["by"])
    if answer.get("near"):
        say(words, "caller_near", near=words.traits.comma.join(answer["near"]))
