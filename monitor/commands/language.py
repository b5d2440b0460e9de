"""The option --language, for every command that prints words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from alerting.words import LANGUAGES

Function = TypeVar("Function", bound=Callable[..., Any])


def language_option(otherwise: str) -> Callable[[Function], Function]:
    """``language``: one of the table, or None. otherwise: what is taken then, for the help."""
    return click.option("--language", type=click.Choice(list(LANGUAGES)), default=None, help=f"Default: {otherwise}.")
