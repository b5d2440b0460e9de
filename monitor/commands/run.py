"""`roomwatch run`: the daemon in the foreground; under a terminal with a live summary of the room."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from monitor.commands.options import config_option


@click.command()
@config_option
@click.option("--plain", is_flag=True, help="Log lines instead of the live summary.")
@click.option("--verbose", is_flag=True, help="Log debugging facts.")
def run(config: Path | None, plain: bool, verbose: bool) -> None:
    """Watch this room until told to stop."""
    options = [f"--config={config}"] if config is not None else []
    options += ["--plain"] if plain else []
    options += ["--verbose"] if verbose else []
    # -P: a folder named monitor in the current one is not ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "monitor.daemon.foreground", *options])
