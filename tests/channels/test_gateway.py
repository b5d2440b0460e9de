"""A templated HTTP gateway for SMS, with a real endpoint."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from alerting.configuration import Secret
from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.plan.gateway import Gateway
from alerting.sending.client import ChildSender
from alerting.sending.gateway_request import judge
from tests.channels.conftest import Endpoint

PASSWORD = "gatewayPASS123"


async def post(gateway: Gateway | None, short: str = '301会议室："无声音" & 严重') -> SendResult:
    sender = ChildSender(gateways={"sms": gateway} if gateway is not None else {})
    message = OutgoingMessage(
        key="k1", contact="li", channel="sms", url="gateway://sms/13800138000", title="t", body="b", short=short
    )
    (result,) = await sender.send([message])
    await sender.close()
    return result


async def test_json_and_headers_are_filled_and_quoted(endpoint: Endpoint) -> None:
    gateway = Gateway(
        url=f"http://127.0.0.1:{endpoint.port}/send",
        headers={"Content-Type": "application/json", "X-Auth": "{{ password }}"},
        body='{"phone": {{ to|tojson }}, "text": {{ text|tojson }}, "id": {{ key|tojson }}}',
        secrets={"password": Secret("literal", PASSWORD)},
    )
    assert (await post(gateway)).outcome is Outcome.SENT
    _, body, headers = endpoint.requests[0]
    assert json.loads(body) == {"phone": "13800138000", "text": '301会议室："无声音" & 严重', "id": "k1"}
    assert headers["X-Auth"] == PASSWORD


async def test_a_get_gateway_gets_its_text_encoded_and_cut(endpoint: Endpoint) -> None:
    address = f"http://127.0.0.1:{endpoint.port}/send?to={{{{ to }}}}&m={{{{ text|urlencode }}}}"
    gateway = Gateway(url=address, method="GET", limit=20)
    assert (await post(gateway, short="长" * 50)).outcome is Outcome.SENT
    query = parse_qs(urlsplit(endpoint.requests[0][0]).query)
    assert query == {"to": ["13800138000"], "m": ["长" * 19 + "…"]}


async def test_a_refusal_a_wrong_template_and_a_missing_gateway_are_permanent_and_show_no_secret(
    endpoint: Endpoint,
) -> None:
    endpoint.status = 401
    secrets = {"password": Secret("literal", PASSWORD)}
    address = f"http://127.0.0.1:{endpoint.port}/" + "{{ password }}"
    refused = await post(Gateway(url=address, secrets=secrets))
    wrong = await post(Gateway(url=address, body="{{ nosuch }}", secrets=secrets))
    bad_address = await post(Gateway(url="{{ password }}", secrets=secrets))
    missing = await post(None)
    for result in (refused, wrong, bad_address, missing):
        assert result.outcome is Outcome.PERMANENT
        assert PASSWORD not in str(result.detail)
    assert "nosuch" in str(wrong.detail)


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (200, '{"result": {"code": 0}}', "sent"),
        (200, '{"result": {"code": "LIMIT"}}', "throttled"),
        (200, '{"result": {"code": "NO_NUMBER"}}', "permanent"),
        (200, '{"result": {"code": "BUSY"}}', "temporary"),
        (200, "<html>", "temporary"),
        (200, '{"result": []}', "temporary"),
        (503, "<html>", "temporary"),
        (403, '{"result": {"code": 0}}', "permanent"),
    ],
)
def test_the_answers_field_decides(status: int, text: str, outcome: str) -> None:
    gateway = Gateway(url="x", answer_field="result.code", throttled=("LIMIT",), permanent=("NO_NUMBER",)).reveal()
    assert judge(gateway, status, text).outcome == outcome
