"""The messengers whose bots are ours: one file and one line each. All others go through Apprise."""

from __future__ import annotations

from alerting.sending.messengers.bot import Bot
from alerting.sending.messengers.dingtalk import DingTalk
from alerting.sending.messengers.feishu import Feishu, Lark
from alerting.sending.messengers.wecom import WeCom

BOTS = (WeCom, DingTalk, Feishu, Lark)


def bot_of(url: str) -> Bot | None:
    """The bot at this address; None where the address is of another service. Raises ValueError for a bot's address
    that is wrong."""
    scheme = url.partition("://")[0].lower()
    for bot in BOTS:
        short = url if scheme == bot.scheme else bot.short_form(url) if scheme == "https" else ""
        if short:
            return bot(short)
    return None
