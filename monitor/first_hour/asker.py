"""One question after the other at the terminal: the answer of a flag, the typed one, or the default."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from alerting.words import LANGUAGES, Words
from monitor.views.columns import fold

T = TypeVar("T")
Read = Callable[[str], tuple[T, str]]
"""What was typed → (the value, ""), or (anything, why it cannot be)."""
HOURS = re.compile(r"^(\d\d):(\d\d)\s*[-–—到至~]\s*(\d\d):(\d\d)$", re.ASCII)
SPAN = re.compile(r"\d[\d:]{0,4}\s{0,3}[-–—到至~]\s{0,3}\d[\d:]{0,4}")
COLUMNS = 78


@dataclass(slots=True)
class Asker:
    """silent: take every default (--yes). asked: how many questions were put."""

    words: Words
    silent: bool = False
    asked: int = 0

    def ask(self, key: str, default: str, read: Read[T], given: str | None = None, **values: object) -> T:
        """The answer to ``setup.ask.<key>``. Asked again until it can be used; a flag that cannot ends the command.

        Raises click.BadParameter for such a flag, click.Abort where the input ends.
        """
        if given is not None or self.silent:
            value, wrong = read((given if given is not None else default).strip())
            if wrong:
                raise click.BadParameter(wrong, param_hint=f"--{key.replace('_', '-')}")
            return value
        self.asked += 1
        click.echo()
        for line in fold(f"{self.asked}. {self.words.text(f'setup.ask.{key}', **values)}", COLUMNS, "   "):
            click.echo(line)
        while True:
            typed = self._line(default)
            value, wrong = read(typed or default)
            if not wrong:
                return value
            click.echo("\n".join(fold(f"   ✗ {wrong}", COLUMNS, "     ")))

    def _line(self, default: str) -> str:
        try:
            return input(f"   [{default}] > " if default else "   > ").strip()
        except UnicodeDecodeError:
            return ""
        except (EOFError, KeyboardInterrupt):
            raise click.Abort from None

    def yes(self, key: str, default: bool, given: bool | None = None, **values: object) -> bool:
        said = {True: self.words.text("setup.yes"), False: self.words.text("setup.no")}

        def read(text: str) -> tuple[bool, str]:
            plain = text.casefold()
            for value, word in said.items():
                if plain and (
                    word.casefold().startswith(plain) or plain in (("y", "yes", "j") if value else ("n", "no"))
                ):
                    return value, ""
            return default, self.words.text("setup.wrong.yes_or_no")

        return self.ask(key, said[default], read, said[given] if given is not None else None, **values)

    # How an answer is read

    def text(self, text: str) -> tuple[str, str]:
        """One line without control characters, of a length that fits in a message's first line."""
        kept = " ".join("".join(sign for sign in text if sign.isprintable()).split())
        whole = kept.encode("utf-8", "ignore").decode()
        return whole, "" if len(whole) <= 200 else self.words.text("setup.wrong.long")

    def named(self, text: str) -> tuple[str, str]:
        value, wrong = self.text(text)
        return value, wrong or ("" if value else self.words.text("setup.wrong.empty"))

    def language(self, text: str) -> tuple[str, str]:
        wanted = text.casefold()
        for name, traits in LANGUAGES.items():
            if wanted in (name.casefold(), traits.name.casefold(), name.partition("-")[0]):
                return name, ""
        return "", self.words.text("setup.wrong.choice", known=", ".join(LANGUAGES))

    def zone(self, text: str) -> tuple[str, str]:
        try:
            ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            return "", self.words.text("setup.wrong.zone")
        return text, ""

    def hours(self, text: str, how: str = "hours") -> tuple[tuple[str, str], str]:
        """how: the key of the sentence that says how they are typed. Why they cannot be comes before it."""
        found = HOURS.match(text)
        start, end = (f"{found[1]}:{found[2]}", f"{found[3]}:{found[4]}") if found else ("", "")
        typed = self.words.text(f"setup.wrong.{how}")
        between = " " if self.words.traits.spaced else ""
        if found is None:
            return ("", ""), typed
        for one in (start, end):
            if one[:2] > "23" or one[3:] > "59":
                return ("", ""), self.words.text("setup.wrong.no_time_of_day", given=one) + between + typed
        if start >= end:
            return ("", ""), self.words.text("setup.wrong.end_not_later", start=start, end=end) + between + typed
        return (start, end), ""

    def hours_and_zone(self, hours: str, zone: str) -> Read[tuple[tuple[str, str], str]]:
        """Both in one line, in either order; what is not typed keeps the value given here."""

        def read(text: str) -> tuple[tuple[tuple[str, str], str], str]:
            found = SPAN.search(text)
            rest = " ".join(text.replace(found[0], " ", 1).split()).strip(",，、 ") if found else text.strip()
            span, wrong = self.hours(found[0] if found else hours, "hours_and_zone")
            place, bad = self.zone(rest or zone)
            if bad and "/" not in rest:
                wrong = wrong or self.words.text("setup.wrong.hours_and_zone")
            return (span, place), wrong or bad

        return read

    def some_of(self, known: Sequence[str]) -> Read[tuple[str, ...]]:
        def read(text: str) -> tuple[tuple[str, ...], str]:
            chosen = tuple(dict.fromkeys(one for one in re.split(r"[\s,，、]+", text) if one and one != "-"))
            if all(one in known for one in chosen):
                return chosen, ""
            return (), self.words.text("setup.wrong.choice", known=", ".join((*known, "-")))

        return read
