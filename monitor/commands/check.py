"""`roomwatch check`: is the configuration right, and what is in force, each value with the file it came from."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from alerting.configuration import ConfigurationError, effective
from alerting.plan.loading import no_plan
from alerting.redaction import holds_secret, without_ways
from alerting.service.plan_file import plan_file, read_plan, untold
from alerting.words import load_words
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import load_or_fail, refuse_plan
from monitor.daemon.shown_commands import commands
from monitor.settings import Settings


@click.command()
@config_option
@json_option
@click.option("--faults", is_flag=True, help="List the fault codes instead, with class, check and patience.")
def check(config: Path | None, as_json: bool, faults: bool) -> None:
    """Validate the configuration and the plan, and print what is in force, with the origin of every value."""
    if faults:
        _list_faults(as_json)
        return
    configuration = load_or_fail(config)
    if configuration.settings.metrics.web_config:
        _read_web_config(Path(configuration.settings.metrics.web_config))
    lacking = _look_at_plan(configuration.settings, config)
    table = effective(configuration.settings)
    table["probes"] = {name: effective(own) for name, own in configuration.probes.items()}
    rows = [(path, value, _origin(configuration.layers.origins, path)) for path, value in _leaves(table, ())]
    if as_json:
        click.echo(json.dumps([{"key": ".".join(p), "value": v, "from": o} for p, v, o in rows], ensure_ascii=False))
        return
    click.echo("\n".join(_as_toml(rows, configuration.layers.files[0].parent)))
    files = ", ".join(str(file) for file in configuration.layers.files)
    click.echo(click.style(f"The configuration is good ({files}).", fg="green"), err=True)
    file = plan_file(configuration.settings.plan, config)
    if not configuration.settings.plan and no_plan(file):
        click.echo(click.style(f"There is no plan at {file}: nobody is told.", fg="yellow"), err=True)
    for line in lacking:
        click.echo(click.style(f"The plan would leave people untold: {line}", fg="yellow"), err=True)
    if lacking:
        click.echo(f"All of it: {commands(config)['plan']}", err=True)


def _look_at_plan(settings: Settings, config: Path | None) -> list[str]:
    """What the plan lacks on the day, a line each. Ends the command where the daemon would refuse the plan."""
    file = plan_file(settings.plan, config)
    if not settings.plan and no_plan(file):
        return []  # then nobody is told, which is said beside that the configuration is good
    try:
        plan = read_plan(file, settings.timezone, named=bool(settings.plan))
    except ConfigurationError as error:
        refuse_plan(error)
    return untold(plan, time.time(), load_words("en"))


def _read_web_config(file: Path) -> None:
    """Ends the command where the scrapers' endpoint would refuse it."""
    from monitor.web.scrapers.endpoint import rules_of

    try:
        rules_of(file)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None


def _leaves(value: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    return [(path, _without_keys(value))]


def _without_keys(value: Any) -> Any:
    """Addresses cut to their hosts where they hold a key: what is printed here is pasted into tickets."""
    if isinstance(value, list):
        return [_without_keys(one) for one in value]
    return without_ways(value) if isinstance(value, str) and holds_secret(value) else value


def _as_toml(rows: list[tuple[tuple[str, ...], Any, str]], folder: Path) -> list[str]:
    """The rows as TOML tables, each value's origin behind it; files are named from the base's folder."""
    tables: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for path, value, origin in rows:
        line = f"{path[-1]} = {json.dumps(value, ensure_ascii=False)}"
        tables.setdefault(path[:-1], []).append((line, origin.removeprefix(f"{folder}/")))
    widest = min(60, max((len(line) for table in tables.values() for line, _ in table), default=0))
    out = []
    for path, lines in tables.items():
        if path:
            out += ["", f"[{'.'.join(path)}]"]
        out += [f"{line:{widest}}  # {origin}" for line, origin in lines]
    return out


def _origin(origins: Any, path: tuple[str, ...]) -> str:
    return str(origins.get(path, "default"))


def _list_faults(as_json: bool) -> None:
    from alerting.model.catalogue import KINDS

    rows = [
        {
            "code": kind.code,
            "class": kind.fault_class.value,
            "check": kind.check,
            "patience": kind.patience,
            "severity_in_meeting": kind.weight.word,
        }
        for kind in KINDS.values()
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(
            f"{row['code']:32} {row['class']:9} {row['severity_in_meeting']:9} {row['patience']:5g} s  {row['check']}"
        )
