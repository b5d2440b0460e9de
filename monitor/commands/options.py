"""Options that several commands share. Imports nothing that a command may not need: `roomwatch run` has only these."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def config_option(function: Function) -> Function:
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        default=None,
        metavar="PATH",
        help="Configuration file or folder. Default: /etc/roomwatch, else the shipped one.",
    )(function)


def config_given() -> Path | None:
    """--config of the command that runs, for a hint that must name it; None where it has none."""
    context = click.get_current_context(silent=True)
    found = context.params.get("config") if context is not None else None
    return found if isinstance(found, Path) else None


def json_option(function: Function) -> Function:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)
