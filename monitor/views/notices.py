"""What a screen says first: that nobody is told yet, that a file was refused, what never worked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerting.messages.check_readings import check_name
from alerting.words import Words


def trial(status: Mapping[str, Any], words: Words) -> list[str]:
    """A room without people in its plan: that nobody is told, and each next step with the command to paste. [] once it
    is set up."""
    if status["set_up"]:
        return []
    steps = [] if status["name"] else ["name"]
    steps += ["people", "test"]
    numbered = [f"{number} {words.text(f'page.trial.{step}')}" for number, step in enumerate(steps, 1)]
    commands = status["commands"]
    lines = [words.text("page.trial.head", steps=words.traits.comma.join(numbered))]
    asked = "/".join(str(number) for number, step in enumerate(steps, 1) if step != "test")
    lines.append(words.text("page.trial.line", number=asked, command=commands["setup"]))
    lines.append(words.text("page.trial.line", number=len(steps), command=commands["test"]))
    return lines


def refused(status: Mapping[str, Any], words: Words, detail: int = 0) -> list[str]:
    """That a reload was refused and the earlier configuration is in force. detail: how many of its problems to show:
    they hold values of the file, which is nothing for a page that everybody may open."""
    problems = status["refused"]
    if not problems:
        return []
    head = words.text("page.refused", count=len(problems), command=status["commands"]["check"])
    return [head, *(f"  {one.strip()}" for one in problems[:detail])]


def for_everybody(status: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The status as the network gets it, where nobody is asked who they are: of a refused file, how many problems it
    has and how to see them."""
    said = refused(status, words)
    return {**status, "refused": said, "configuration": {**status["configuration"], "problems": said}}


def unproven(status: Mapping[str, Any], words: Words) -> str:
    """What was never seen working here, "" for nothing."""
    names = [
        check_name(one["check"], words) + (f" {one['target']}" if one["target"] else "")
        for one in status["checks"]
        if one["state"] == "unproven"
    ]
    return words.text("page.unproven", checks=words.traits.comma.join(dict.fromkeys(names))) if names else ""
