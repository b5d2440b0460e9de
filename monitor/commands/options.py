"""Options that several commands share, and how a problem ends a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from alerting.configuration import ConfigurationError
from monitor.refusal import EXIT_CONFIGURATION as EXIT_CONFIGURATION
from monitor.refusal import fail as fail
from monitor.refusal import load_or_fail as load_or_fail
from monitor.settings import Configuration, load, load_readable

Function = TypeVar("Function", bound=Callable[..., Any])


def config_option(function: Function) -> Function:
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        default=None,
        metavar="PATH",
        help="Configuration file or folder. Default: /etc/roomwatch, else the shipped one.",
    )(function)


def json_option(function: Function) -> Function:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def load_to_ask(config: Path | None) -> Configuration:
    """What a command needs that only speaks to the daemon. The daemon refuses a broken file and runs on, so a responder
    who takes an incident at night is not kept from it by the file; the file's problems are said beside the answer."""
    try:
        return load(config)
    except ConfigurationError as error:
        count = len(error.problems)
        click.echo(
            f"roomwatch: {count} problem{'s' if count > 1 else ''} in the configuration, so the daemon keeps to what "
            "it had, if it runs. `roomwatch check` says which.",
            err=True,
        )
        return load_readable(config)
