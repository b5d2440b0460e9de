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


def json_option(function: Function) -> Function:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)
