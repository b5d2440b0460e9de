"""`roomwatch version`: the product's and the interpreter's version."""

from __future__ import annotations

import json
import platform

import click

from monitor.version import VERSION


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def version(as_json: bool) -> None:
    """Print the version."""
    facts = {"version": VERSION, "python": platform.python_version()}
    click.echo(json.dumps(facts) if as_json else f"roomwatch {facts['version']} (Python {facts['python']})")
