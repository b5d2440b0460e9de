"""Makes the man pages and the bash completion from the command line's own parser and the shipped configuration.

python packaging/manual.py FOLDER
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
from click.shell_completion import BashComplete

from monitor.cli import COMMANDS, SECTIONS, main
from monitor.version import VERSION

SOURCE = Path(__file__).resolve().parent.parent
EXIT_STATUS = (
    ("0", "Done. For status: the room can be used and people can be told."),
    ("1", "It could not be done, and the error says why. For status: a fault is open."),
    ("2", "The command was not understood. For status: nobody could be told. For reload: the daemon broke on it."),
    ("3", "No daemon answers."),
    ("74", "The answer could not be written, on a full disk, say. What the command has done stands."),
    ("78", "The configuration or the plan cannot be read."),
)
FILES = (
    ("/etc/roomwatch/roomwatch.toml", "The room; see roomwatch.toml(5)."),
    ("/etc/roomwatch/conf.d/*.toml", "Merged over it by name."),
    ("/etc/roomwatch/plan.toml", "Who is told what, when and by which way."),
    ("/etc/roomwatch/remedies/", "What remedies may touch, an empty file each."),
    ("/var/lib/roomwatch/", "The journal and the readings."),
)


def escaped(text: str) -> str:
    """Text that troff takes as it is."""
    kept = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return re.sub(r"^([.'])", r"\\&\1", kept, flags=re.MULTILINE)


def paragraphs(text: str) -> list[str]:
    """A help text; click's mark keeps the lines of a paragraph as they are."""
    lines: list[str] = []
    for part in re.split(r"\n\s*\n", text.split("\f")[0]):
        if part.lstrip().startswith("\b"):
            kept = [line.rstrip() for line in part.splitlines() if line.strip("\b ")]
            lines += [".PP", ".nf", *(escaped(line) for line in kept), ".fi"]
        elif part.strip():
            lines += [".PP", escaped(" ".join(part.split()))]
    return lines


def terms(rows: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> list[str]:
    return [
        line for term, text in rows for line in (".TP", f"\\fB{escaped(term)}\\fR", escaped(" ".join(text.split())))
    ]


def described(command: click.Command, words: list[str]) -> list[str]:
    """One command with its arguments, its options and the commands below it."""
    names = {"help_option_names": ["-h", "--help"]}
    context = click.Context(command, info_name=" ".join(words), terminal_width=100, **names)  # type: ignore[arg-type]
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f".SS {escaped(' '.join(words))} {escaped(usage)}", *paragraphs(command.help or "")]
    rows = [row for one in command.params if (row := one.get_help_record(context)) is not None]
    lines += terms([row for row in rows if "--help" not in row[0]])
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                lines += described(below, [*words, name])
    return lines


def commands_page() -> str:
    """roomwatch(1)."""
    context = click.Context(main, info_name="roomwatch")
    lines = [
        f'.TH ROOMWATCH 1 "" "roomwatch {VERSION}" "User Commands"',
        ".SH NAME",
        "roomwatch \\- meeting\\-room health monitor",
        ".SH SYNOPSIS",
        "\\fBroomwatch\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...",
        ".SH DESCRIPTION",
        *paragraphs(main.help or ""),
    ]
    for title, section in SECTIONS.items():
        lines.append(f".SH {escaped(title.upper())}")
        for name in section:
            command = main.get_command(context, name)
            assert command is not None, name
            other = next(one for one, place in COMMANDS.items() if place == COMMANDS[name])
            if other == name:
                lines += described(command, [name])
            else:
                lines += [f".SS {escaped(name)}", f"The same as {escaped(other)}."]
    lines += [".SH EXIT STATUS", *terms(EXIT_STATUS), ".SH FILES", *terms(FILES)]
    lines += [".SH SEE ALSO", "\\fBroomwatch.toml\\fR(5)"]
    return "\n".join(lines) + "\n"


def configuration_page() -> str:
    """roomwatch.toml(5): the shipped file says each key, its default and its meaning."""
    shipped = (SOURCE / "config" / "roomwatch.toml").read_text()
    lines = [
        f'.TH ROOMWATCH.TOML 5 "" "roomwatch {VERSION}" "File Formats"',
        ".SH NAME",
        "roomwatch.toml \\- configuration of a room's monitor",
        ".SH DESCRIPTION",
        "The file as it is shipped. Each value in it is the default. \\fBroomwatch check\\fR proves what is written",
        "and prints what is in force.",
        ".PP",
        ".nf",
        escaped(shipped.rstrip()),
        ".fi",
        ".SH SEE ALSO",
        "\\fBroomwatch\\fR(1)",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "roomwatch.1").write_text(commands_page())
    (folder / "roomwatch.toml.5").write_text(configuration_page())
    (folder / "roomwatch.completion").write_text(BashComplete(main, {}, "roomwatch", "_ROOMWATCH_COMPLETE").source())
