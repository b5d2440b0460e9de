"""The command `roomwatch`: one literal table of commands, each imported only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

COMMANDS: Mapping[str, str] = {
    "run": "monitor.commands.run:run",
    "check": "monitor.commands.check:check",
    "probe": "monitor.commands.probe:probe",
    "premeeting": "monitor.commands.premeeting:premeeting",
    "status": "monitor.commands.status:status",
    "incidents": "monitor.commands.status:incidents",
    "take": "monitor.commands.incident:take",
    "ack": "monitor.commands.incident:take",
    "confirm": "monitor.commands.incident:confirm",
    "note": "monitor.commands.incident:note",
    "order": "monitor.commands.incident:order",
    "assign": "monitor.commands.incident:assign",
    "accept": "monitor.commands.incident:accept",
    "decline": "monitor.commands.incident:decline",
    "snooze": "monitor.commands.incident:snooze",
    "class": "monitor.commands.incident:correct_class",
    "severity": "monitor.commands.incident:correct_severity",
    "mitigate": "monitor.commands.incident:mitigate",
    "done": "monitor.commands.incident:done",
    "resolve": "monitor.commands.incident:resolve",
    "close": "monitor.commands.incident:close",
    "declare": "monitor.commands.declare:declare",
    "remedy": "monitor.commands.measures:remedy",
    "backup": "monitor.commands.measures:backup",
    "spare": "monitor.commands.duties:spare",
    "inspection": "monitor.commands.duties:inspection",
    "roster": "monitor.commands.duties:roster",
    "people": "monitor.commands.people:people",
    "report": "monitor.commands.report:report",
    "feedback": "monitor.commands.report:feedback",
    "review": "monitor.commands.review:review",
    "audit": "monitor.commands.audit:audit",
    "notify-test": "monitor.commands.notify_test:notify_test",
    "echo": "monitor.commands.echo:echo",
    "camera": "monitor.commands.camera:camera",
    "diagnose": "monitor.commands.diagnose:diagnose",
    "doctor": "monitor.commands.doctor:doctor",
    "plan": "monitor.commands.plan:plan",
    "version": "monitor.commands.version:version",
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command is asked for, so that each start stays cheap."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Sees what broke in a meeting room, says who must do what, and drives the plan until it works."""


if __name__ == "__main__":
    main()
