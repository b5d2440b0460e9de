"""The daemon's own process: `roomwatch run` becomes this one, without the command line's library, 1 MiB of a process
that stays. Arguments: those of `roomwatch run` that are set, checked by it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from alerting.configuration import ConfigurationError
from alerting.journal.contract import JournalUnavailable
from monitor.configuration_refusal import fail, load_or_fail, refuse_plan
from monitor.daemon.daemon import Daemon
from monitor.daemon.state_folder import StateFolderError


def main() -> None:
    """Watch this room until told to stop."""
    parser = argparse.ArgumentParser(prog="roomwatch run")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    configuration = load_or_fail(given.config)
    live = sys.stdout.isatty() and not given.plain
    logging.basicConfig(
        level=logging.DEBUG if given.verbose else logging.WARNING if live else logging.INFO,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    if not given.verbose:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every request that went well
    try:
        daemon = Daemon(configuration, given.config)
    except (StateFolderError, JournalUnavailable) as error:
        fail(str(error))
    except ConfigurationError as error:
        refuse_plan(error)
    if live:
        from monitor.daemon.live_summary import show

        asyncio.run(daemon.run(show))
    else:
        asyncio.run(daemon.run())


if __name__ == "__main__":
    main()
