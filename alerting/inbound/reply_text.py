"""Reads what a person wrote: "接单 12", "take RW-12-7K3…", whatever stands around it. Pure; believes nothing.

Every step is linear in the text, and only the beginning of it is looked at: anybody may write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verb = Literal["take", "confirm"]

VERBS: Mapping[str, Verb] = {
    **dict.fromkeys(("take", "takeit", "itake", "itakeit", "taken", "takingit", "ack", "acknowledged"), "take"),
    **dict.fromkeys(("接单", "接單", "我接单", "已接单", "我来", "我来处理", "收到"), "take"),
    **dict.fromkeys(("confirm", "confirmed", "iconfirm"), "confirm"),
    **dict.fromkeys(("确认", "確認", "故障确认", "确认故障", "已确认"), "confirm"),
}
"""Whole lines only, their words written together: "don't take it" must take nothing."""

POLITE = frozenset(
    ("please", "thanks", "thank", "you", "thx", "ok", "okay", "yes", "谢谢", "好的", "好", "马上到", "是的")
)
"""Words that change nothing about a command beside which they stand."""

LONGEST = 40_000
"""Characters looked at. A person's own words stand within them, below a quotation of ours too."""

LONGEST_COMMAND = 80
"""Characters of a line that may be a command: the longest verb, a number, a code and thanks take 60."""

CODE = re.compile(r"(?<![A-Za-z0-9])RW-(\d{1,9})-([0-9A-Z]{14})(?![A-Za-z0-9])", re.IGNORECASE)
"""As alerting/inbound/reply_codes.py writes them."""

MARK = re.compile(r"(?<![A-Za-z0-9])RW-(\d{1,9})(?!\d)", re.IGNORECASE)
"""That a text belongs to one of our messages, with or without a whole code; and which incident it names."""

MOST_CODES = 4
"""A reply quotes one message of ours, a long thread a few."""

_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_STOPS = frozenset(":,.!;#()[]。、~-")
_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day))\b|(?:您好|你好|大家好|各位|早上好|下午好|晚上好)"
)
_BANNER = re.compile(
    r"[\[(*!=#\s【「-]{0,10}(?:caution|warning|attention|notice|external|be careful|"
    r"this (?:e-?mail|message) (?:came|was|is|orig)|you don't often get|think before|"
    r"注意|警告|提醒|安全提示|外部邮件|外来邮件|此邮件来自|本邮件来自|该邮件来自)"
)
_HEADER = re.compile(
    r"(?:from|sent|date|to|cc|subject|发件人|发送时间|发送日期|日期|时间|收件人|抄送|主题|寄件者|寄件人)\s{0,3}:"
)
_REFUSING = re.compile(
    r"\b(?:i(?: a|')m (?:\w+ )?(?:away|out of|ill|sick|on (?:leave|holiday|vacation)|not )|i can(?:not|'t)|i am unable|"
    r"i won't|(?:some|any)(?:one|body) else|instead of me|out of office)\b|"
    r"(?:休假|请假|出差|外出|没空|没有空|来不了|去不了|无法处理|不能处理|处理不了|不在办公室|不在公司|今天不在|找别人|换人)"
)
"""Words by which a person who wrote a verb takes it back: then a person has to read it, and is told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWords:
    """verb: "" where no line is one. number: 0 where none was written beside the verb. codes: (incident, token) as
    they are in the text, quotations included. about: the incident that it mentions, 0 for none."""

    verb: Verb | Literal[""] = ""
    number: int = 0
    codes: tuple[tuple[int, str], ...] = ()
    about: int = 0


def read(text: str) -> ReplyWords:
    """What a text says, below greetings and banners, and above or below a quotation of our message."""
    text = text[:LONGEST]
    codes = codes_in(text)
    about = mentioned(text)
    paragraphs = _paragraphs(_own_lines(text))
    for paragraph in paragraphs:
        command = _command(paragraph)
        if command is not None:
            if any(_REFUSING.search(line) for part in paragraphs for line in part):
                break
            return ReplyWords(verb=command[0], number=command[1], codes=codes, about=about)
    return ReplyWords(codes=codes, about=about)


def mentioned(text: str) -> int:
    """The number of the first incident that a text mentions as our messages do; 0 for none."""
    found = MARK.search(text)
    return int(found[1]) if found is not None else 0


def codes_in(text: str) -> tuple[tuple[int, str], ...]:
    """The different codes of a text, in their order, at most MOST_CODES."""
    found: dict[tuple[int, str], None] = {}
    for match in CODE.finditer(text):
        found[(int(match[1]), match[2].upper())] = None
        if len(found) == MOST_CODES:
            break
    return tuple(found)


def read_line(text: str) -> tuple[Verb, int] | None:
    """(verb, number) of one line, in whatever width or case it was typed; None where it is not exactly a command."""
    plain = _plain(text)
    if len(plain) > LONGEST_COMMAND:
        return None
    verb, number = "", 0
    for word in _WORD.findall(CODE.sub(" ", plain)):
        if word.isdecimal():
            if number or len(word) > 9:
                return None
            number = int(word)
        elif word not in POLITE and word not in _STOPS:
            verb += word
    return (VERBS[verb], number) if verb in VERBS else None


def _plain(line: str) -> str:
    """In one width, one case, and without characters that cannot be seen. Only the beginning: the time to put marks
    on letters in order grows with the square of their number."""
    seen = "".join(one for one in line[: 4 * LONGEST_COMMAND] if unicodedata.category(one) not in ("Cf", "Mn"))
    return unicodedata.normalize("NFKC", seen).strip().lower()


def _own_lines(text: str) -> list[str]:
    """What the writer added: without quoted lines, quoted messages, and what follows a signature's mark."""
    lines = [_plain(line) for line in text.splitlines()]
    own: list[str] = []
    for at, line in enumerate(lines):
        if line.startswith((">", "|")):
            own.append("")  # a quotation ends a paragraph
        elif line == "--" or _begins_quotation(lines, at):
            break
        elif _is_attribution(line):
            while own and own[-1]:  # it may be wrapped: its beginning is no word of the writer's
                own.pop()
            if not _next_said(lines, at).startswith((">", "|")):
                break
        else:
            own.append(line)
    return own


def _is_attribution(line: str) -> bool:
    """ "On … wrote:" and its like."""
    return line.endswith(("wrote:", "写道:", "寫道:", "schrieb:", "a écrit :"))


def _begins_quotation(lines: list[str], at: int) -> bool:
    """A line such as "----- Original Message -----", or the copied head of a message."""
    line = lines[at]
    if line.startswith("--") and line.endswith("--") and line.strip("- "):
        return True
    if not _HEADER.match(line.strip("*")):
        return False
    following = [one.strip("*") for one in lines[at + 1 : at + 4]]
    return any(_HEADER.match(one) for one in following)


def _next_said(lines: list[str], at: int) -> str:
    return next((line for line in lines[at + 1 : at + 6] if line), "")


def _paragraphs(lines: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return found


def _command(paragraph: list[str]) -> tuple[Verb, int] | None:
    """A command begins its paragraph, or follows a greeting or a banner of the mail system: within a sentence that was
    wrapped it is none."""
    banner = bool(paragraph) and _BANNER.match(paragraph[0]) is not None
    for line in paragraph:
        found = read_line(line)
        if found is not None:
            return found
        if not banner and (not _GREETING.match(line) or len(line) > LONGEST_COMMAND // 2):
            return None
    return None
