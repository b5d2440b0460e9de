"""The room's own screen: its verdict, or what concerns the people in the room more, in every language at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alerting.words import LANGUAGES, Words, load_words
from monitor.pages.room_view import verdict
from monitor.pages.screen_notice import NoticeKind, ScreenNotice, notice_lines, screen_notice
from monitor.pages.usable import RoomAnswer, usable

COLOURS = {NoticeKind.RESTART: "limited", NoticeKind.MOVE: "limited", NoticeKind.FEEDBACK: "ready"}


def screen_view(
    status: Mapping[str, Any], elsewhere: Callable[[Words], Sequence[str]] = lambda words: ()
) -> dict[str, Any]:
    """The values of screen.html, the room's own language first. elsewhere: where a meeting can go on. again: seconds
    until it reads otherwise though nothing happens, None for never."""
    said, notice, own = usable(status), screen_notice(status), str(status["language"])
    return {
        "screens": [_one(load_words(one), said, notice, elsewhere) for one in sorted(LANGUAGES, key=own.__ne__)],
        "again": notice.changes_in if notice is not None else None,
    }


def _one(
    words: Words, said: RoomAnswer, notice: ScreenNotice | None, elsewhere: Callable[[Words], Sequence[str]]
) -> dict[str, Any]:
    report = words.text("pages.screen.report")
    if notice is None:
        shown = verdict(said, words, elsewhere(words))
        lines = [shown["sentence"], *shown["more"][:1]]
        texts = {"css": shown["css"], "icon": shown["state"], "head": shown["word"], "lines": lines}
    else:
        head, sentence = notice_lines(notice, words)
        texts = {"css": COLOURS[notice.kind], "icon": notice.kind.value, "head": head, "lines": [sentence]}
    return {"language": words.language, "report": report, **texts}
