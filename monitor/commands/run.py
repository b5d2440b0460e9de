"""`roomwatch run`: the daemon in the foreground; under a terminal with a live summary of the room."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import click

from monitor.commands.options import EXIT_CONFIGURATION, config_option, fail, load_or_fail


@click.command()
@config_option
@click.option("--plain", is_flag=True, help="Log lines instead of the live summary.")
@click.option("--verbose", is_flag=True, help="Log debugging facts.")
def run(config: Path | None, plain: bool, verbose: bool) -> None:
    """Watch this room until told to stop."""
    from alerting.configuration import ConfigurationError
    from alerting.journal.store import JournalTooNew, JournalUnavailable
    from monitor.daemon import Daemon
    from monitor.state_folder import StateFolderError

    configuration = load_or_fail(config)
    live = sys.stdout.isatty() and not plain
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.WARNING if live else logging.INFO,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    if not verbose:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every request that went well
    try:
        daemon = Daemon(configuration, config)
    except (StateFolderError, JournalTooNew, JournalUnavailable) as error:
        fail(str(error))
    except ConfigurationError as error:
        fail(f"the plan has problems:\n{error}", EXIT_CONFIGURATION)
    if live:
        from monitor.live import show

        asyncio.run(daemon.run(show))
    else:
        asyncio.run(daemon.run())
