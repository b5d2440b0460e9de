"""Messenger bots through the sending child, against emulators of their documented answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.sending.client import ChildSender
from alerting.sending.messengers import bot_of, rate
from alerting.sending.messengers.dingtalk import DingTalk
from alerting.sending.messengers.feishu import Feishu, Lark
from alerting.sending.messengers.wecom import WeCom
from tests.channels.bot_services import SECRET, TOKEN, BotServices

SCHEMES = ("wecombot", "dingtalk", "feishu", "lark")


@pytest.fixture
async def services() -> AsyncIterator[BotServices]:
    here = BotServices()
    runner = web.AppRunner(here.application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.port = runner.addresses[0][1]
    yield here
    await runner.cleanup()


@pytest.fixture
async def bots(tmp_path: Path) -> AsyncIterator[ChildSender]:
    child = ChildSender(rate_folder=tmp_path)
    yield child
    await child.close()


async def post(sender: ChildSender, url: str, body: str = "会议进行中", key: str = "k") -> SendResult:
    (result,) = await sender.send(
        [OutgoingMessage(key=key, contact="li", channel="im", url=url, title="301会议室：无声音", body=body)]
    )
    return result


async def test_each_bot_accepts_what_we_send(bots: ChildSender, services: BotServices) -> None:
    for scheme in SCHEMES:
        assert (await post(bots, f"{scheme}://{TOKEN}/?via={services.via}")).outcome is Outcome.SENT, scheme
    texts = [body["text"]["content"] if "text" in body else body["content"]["text"] for body in services.accepted]
    assert texts == ["301会议室：无声音\n会议进行中"] * 4


async def test_an_error_in_the_body_of_a_200_is_never_counted_as_sent(bots: ChildSender, services: BotServices) -> None:
    wrong = "wrongWRONG0123456789"
    for scheme in SCHEMES:
        result = await post(bots, f"{scheme}://{wrong}/?via={services.via}")
        assert result.outcome is Outcome.PERMANENT, (scheme, result)
        assert wrong not in str(result.detail)


@pytest.mark.parametrize(
    ("scheme", "answer", "outcome", "wait"),
    [
        ("wecombot", (200, {"errcode": 45009, "errmsg": "api freq out of limit"}), Outcome.THROTTLED, 60.0),
        ("wecombot", (200, {"errcode": -1, "errmsg": "system busy"}), Outcome.TEMPORARY, None),
        ("dingtalk", (200, {"errcode": 130101, "errmsg": "send too fast"}), Outcome.THROTTLED, 600.0),
        ("dingtalk", (200, {"errcode": 400102, "errmsg": "机器人已停用"}), Outcome.PERMANENT, None),
        ("feishu", (200, {"code": 11232, "msg": "frequency limited"}), Outcome.THROTTLED, 60.0),
        ("feishu", (400, {"code": 19024, "msg": "Key Words Not Found"}), Outcome.PERMANENT, None),
        ("lark", (429, {"code": 9499, "msg": "too many request"}), Outcome.THROTTLED, None),
        ("feishu", (400, {"code": 9499, "msg": "too many request", "data": {}}), Outcome.THROTTLED, None),
        ("feishu", (400, {"code": 9499, "msg": "Bad Request", "data": {}}), Outcome.PERMANENT, None),
        ("feishu", (200, {"code": 19001, "msg": "internal server error"}), Outcome.TEMPORARY, None),
        ("wecombot", (200, {"errcode": "45009", "errmsg": "x"}), Outcome.THROTTLED, 60.0),
        ("wecombot", (200, {"errcode": 40058, "errmsg": "api freq out of limit"}), Outcome.THROTTLED, None),
        ("dingtalk", (200, {"errcode": 300001, "errmsg": "发送频率过高"}), Outcome.THROTTLED, None),
        ("dingtalk", (200, {"errcode": 400105, "errmsg": "系统繁忙，请稍后再试"}), Outcome.TEMPORARY, None),
        ("dingtalk", (302, ""), Outcome.TEMPORARY, None),
        ("lark", (502, "<html>bad gateway</html>"), Outcome.TEMPORARY, None),
        ("lark", (200, "[" * 5000), Outcome.TEMPORARY, None),
        ("feishu", (200, "<html>please log in</html>"), Outcome.TEMPORARY, None),
        ("dingtalk", (200, {"errcode": 987654, "errmsg": "something new"}), Outcome.TEMPORARY, None),
    ],
)
async def test_throttled_refused_and_busy_are_told_apart(
    bots: ChildSender,
    services: BotServices,
    scheme: str,
    answer: tuple[int, object],
    outcome: Outcome,
    wait: float | None,
) -> None:
    services.forced = answer
    result = await post(bots, f"{scheme}://{TOKEN}/?via={services.via}")
    assert (result.outcome, result.retry_after) == (outcome, wait)


async def test_signatures_are_right_and_dingtalks_is_encoded_once(bots: ChildSender, services: BotServices) -> None:
    services.signed = True
    for scheme in ("dingtalk", "feishu", "lark"):
        url = f"{scheme}://{SECRET}@{TOKEN}/?via={services.via}"
        assert (await post(bots, url)).outcome is Outcome.SENT, scheme
        refused = await post(bots, url.replace(SECRET, SECRET[:-1] + "0"))
        assert refused.outcome is Outcome.PERMANENT
        assert SECRET[:-1] not in str(refused.detail)
    assert not any("%25" in query for query in services.queries)


async def test_wecom_is_split_by_bytes_and_nothing_is_lost(bots: ChildSender, services: BotServices) -> None:
    body = "".join(f"第{number}行：会议室网络中断，请尽快处理\n" for number in range(60))
    assert (await post(bots, f"wecombot://{TOKEN}/?via={services.via}", body=body)).outcome is Outcome.SENT
    parts = [one["text"]["content"] for one in services.accepted]
    assert len(parts) > 1
    assert all(len(part.encode()) <= 2048 for part in parts)
    assert "".join(parts).strip() == f"301会议室：无声音\n{body}".strip()


async def test_people_are_mentioned_in_each_services_own_way(bots: ChildSender, services: BotServices) -> None:
    for scheme in ("wecombot", "dingtalk", "feishu"):
        await post(bots, f"{scheme}://{TOKEN}/?via={services.via}&to=13800138000,zhangsan,@all")
    wecom, dingtalk, feishu = services.accepted
    assert wecom["text"]["mentioned_list"] == ["zhangsan", "@all"]
    assert wecom["text"]["mentioned_mobile_list"] == ["13800138000"]
    assert dingtalk["at"] == {"atMobiles": ["13800138000"], "atUserIds": ["zhangsan"], "isAtAll": True}
    assert "@13800138000" in dingtalk["text"]["content"]
    assert '<at user_id="zhangsan"></at><at user_id="all"></at>' in feishu["content"]["text"]


async def test_a_bot_is_held_back_before_the_service_refuses_over_all_senders(
    services: BotServices, tmp_path: Path
) -> None:
    url = f"wecombot://{TOKEN}/?via={services.via}"
    first, second = ChildSender(rate_folder=tmp_path), ChildSender(rate_folder=tmp_path)
    outcomes = [(await post(sender, url, key=str(n))).outcome for n in range(11) for sender in (first, second)]
    held = await post(first, url)
    await first.close()
    await second.close()
    assert outcomes.count(Outcome.SENT) == services.calls == 20
    assert held.outcome is Outcome.THROTTLED
    assert held.retry_after is not None
    assert 0 < held.retry_after <= 60


def test_the_count_frees_up_with_time_and_survives_a_broken_file(tmp_path: Path) -> None:
    clock = [1000.0]
    window = (rate.Window(2, 60.0),)
    waits = [rate.reserve(tmp_path, "bot", window, lambda: clock[0]) for _ in range(3)]
    assert waits == [0.0, 0.0, 60.0]
    clock[0] += 61
    assert rate.reserve(tmp_path, "bot", window, lambda: clock[0]) == 0.0
    (file,) = tmp_path.iterdir()
    file.write_text("not json")
    assert rate.reserve(tmp_path, "bot", window, lambda: clock[0]) == 0.0
    clock[0] = 5.0
    assert rate.reserve(tmp_path, "bot", window, lambda: clock[0]) == 0.0


def test_the_web_hook_addresses_are_taken_as_they_are_copied() -> None:
    copied = {
        WeCom: f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}",
        DingTalk: f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}&secret={SECRET}",
        Feishu: f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}?secret={SECRET}",
        Lark: f"https://open.larksuite.com/open-apis/bot/v2/hook/{TOKEN}",
    }
    for kind, url in copied.items():
        bot = bot_of(url)
        assert type(bot) is kind
        assert bot.token == TOKEN
        assert bot.secret == (SECRET if "secret=" in url else "")
    assert bot_of("https://example.org/robot/send?access_token=12345678") is None
    assert bot_of("mailto://a:b@example.org") is None
    with pytest.raises(ValueError, match="token"):
        bot_of("wecombot://x")
