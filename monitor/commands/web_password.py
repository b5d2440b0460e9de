"""`roomwatch web-password`: the line for the configuration by which a contact signs in on the pages."""

from __future__ import annotations

import sys

import click

from monitor.configuration_refusal import fail
from monitor.sign_in.password import LONGEST, SHORTEST, make


@click.command("web-password")
@click.argument("contact", default="CONTACT", metavar="[CONTACT]")
def web_password(contact: str) -> None:
    """Ask for a password and print its hash as a line for [web.users].

    CONTACT: the contact's id in the plan. Where stdin is no terminal, the password is its first line.
    """
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline(LONGEST + 3).rstrip("\r\n")
    if len(password) > LONGEST:
        fail(f"a password has {SHORTEST} to {LONGEST} characters, this one has more.", 2)
    if len(password) < SHORTEST:
        fail(
            f"a password has {SHORTEST} to {LONGEST} characters, this one has {len(password)}. Take a longer sentence.",
            2,
        )
    key = contact if contact.replace("-", "").replace("_", "").isalnum() and contact.isascii() else f'"{contact}"'
    click.echo(f"[web.users]\n{key} = '{make(password)}'")
