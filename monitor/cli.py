"""The command `roomwatch`: one literal table of commands by section, each imported only when it is called."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any

import click

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Watch the room": {
        "setup": "monitor.commands.setup:setup",
        "run": "monitor.commands.run:run",
        "status": "monitor.commands.status:status",
        "probe": "monitor.commands.probe:probe",
        "diagnose": "monitor.commands.diagnose:diagnose",
        "premeeting": "monitor.commands.premeeting:premeeting",
        "camera": "monitor.commands.camera:camera",
        "acoustic": "monitor.commands.acoustic:acoustic",
        "reload": "monitor.commands.reload:reload",
        "doctor": "monitor.commands.doctor:doctor",
        "check": "monitor.commands.check:check",
        "session": "monitor.commands.session:session",
        "token": "monitor.commands.token:token",
        "web-password": "monitor.commands.web_password:web_password",
        "version": "monitor.commands.version:version",
    },
    "An incident": {
        "incidents": "monitor.commands.status:incidents",
        "declare": "monitor.commands.declare:declare",
        "take": "monitor.commands.respond:take",
        "ack": "monitor.commands.respond:take",
        "confirm": "monitor.commands.respond:confirm",
        "note": "monitor.commands.respond:note",
        "order": "monitor.commands.respond:order",
        "assign": "monitor.commands.respond:assign",
        "accept": "monitor.commands.respond:accept",
        "decline": "monitor.commands.respond:decline",
        "snooze": "monitor.commands.respond:snooze",
        "class": "monitor.commands.respond:correct_class",
        "severity": "monitor.commands.respond:correct_severity",
        "mitigate": "monitor.commands.respond:mitigate",
        "remedy": "monitor.commands.remedy:remedy",
        "backup": "monitor.commands.backup:backup",
        "done": "monitor.commands.respond:done",
        "resolve": "monitor.commands.respond:resolve",
        "close": "monitor.commands.respond:close",
        "feedback": "monitor.commands.report:feedback",
        "report": "monitor.commands.report:report",
    },
    "The plan": {
        "plan": "monitor.commands.plan:plan",
        "notify-test": "monitor.commands.notify_test:notify_test",
        "roster": "monitor.commands.roster:roster",
        "spare": "monitor.commands.spare:spare",
        "inspection": "monitor.commands.inspection:inspection",
        "review": "monitor.commands.review:review",
        "drill": "monitor.commands.drill:drill",
        "audit": "monitor.commands.audit:audit",
        "people": "monitor.commands.people:people",
    },
    "Many rooms": {
        "rooms": "monitor.commands.rooms:rooms",
        "simulate": "monitor.commands.simulate:simulate",
    },
    "The network": {
        "echo": "monitor.commands.echo:echo",
    },
}
COMMANDS: Mapping[str, str] = {name: place for section in SECTIONS.values() for name, place in section.items()}


class LazyGroup(click.Group):
    """Imports a command's module only when that command is asked for, so that each start stays cheap."""

    def main(self, *args: Any, **more: Any) -> Any:
        """An answer that cannot be written is one sentence too, that of `--help` and one left in the buffer as well."""
        from monitor.commands.unwritten_answer import AnswerUnwritten, answering, fail_unwritten

        try:
            with answering():
                return super().main(*args, **more)
        except AnswerUnwritten as error:
            fail_unwritten(error, "What the command has done stands: look before you repeat it.")

    def invoke(self, ctx: click.Context) -> Any:
        """What a command may not read or write is one sentence, whichever file it is."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if not isinstance(error.filename, str | bytes | os.PathLike):
                raise
            from monitor.configuration_refusal import barred, fail

            if isinstance(error, PermissionError):
                fail(barred(error))
            fail(f"{os.fsdecode(error.filename)}: {error.strerror}.")

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """By what people want to do, not one list of forty."""
        for title, section in SECTIONS.items():
            rows = [
                (name, command.get_short_help_str(70)) for name in section if (command := self.get_command(ctx, name))
            ]
            with formatter.section(title):
                formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from monitor.commands.version import version

        ctx.invoke(version, as_json=False)
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="As `roomwatch version`.",
)
def main() -> None:
    """Sees what broke in a meeting room, says who must do what, and drives the plan until it works."""


if __name__ == "__main__":
    main()
