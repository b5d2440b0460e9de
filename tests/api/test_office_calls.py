"""Calls on feedback, papers, swaps of duty and stock, over a real HTTP server and a whole service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerting.model.actor import Actor, ActorKind
from alerting.service.answer import CommandRequest
from monitor.pages.feedback_pages import FROM_ALL
from tests.api.test_api import ROOT, Client, serving
from tests.commands.test_entrance import entered
from tests.rooms.site import PLAN

OFFICE = """
[contacts.gao]
name = "Gao Min"
channels = ["json://127.0.0.1:1/gao"]
[groups.office]
name = "Office"
members = ["wang", "chen"]
roster = "desk"
[rosters.desk]
owner = "wang"
start = 2020-01-06
rotation = ["wang"]
turn_days = 1
[materials.camera]
name = "USB camera"
place = "Cupboard 4F"
quantity = 2
minimum = 1
[inspections.monthly]
name = "Monthly round"
every_days = 30
start = 2020-01-06
[report]
owner = "office"
signers = ["leadership"]
"""


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with serving(tmp_path, PLAN + OFFICE) as made:
        for name in ("chen", "gao"):
            given = {"name": name, "scopes": ["read", "respond"], "contact": name}
            answer = await made.site.service.command(CommandRequest(verb="token_make", actor=ROOT, arguments=given))
            made.tokens[name] = answer.document["token"]
        yield made


async def code(client: Client, method: str, path: str, scope: str, **more: Any) -> tuple[int, str]:
    status, said = await client.ask(method, path, scope, **more)
    return status, said["reason"]["code"]


async def test_one_asks_and_the_other_agrees_to_a_swap(client: Client) -> None:
    wanted = {"roster": "desk", "day": client.site.service.records.today(), "taker": "chen"}
    status, made = await client.ask("POST", "/duty/swaps", "respond", json=wanted)
    assert status == 201
    swap = f"/duty/swaps/{made['key']}"
    assert await code(client, "POST", f"{swap}/agreement", "gao") == (409, "duty_not_asked")
    assert (await client.ask("POST", f"{swap}/agreement", "chen"))[0] == 204
    assert await code(client, "DELETE", swap, "respond") == (409, "duty_agreed_before")
    (row,) = (await client.ask("GET", "/duty/swaps", "read"))[1]["items"]
    assert (row["giver"]["name"], row["taker"]["id"], row["agreed"]) == ("Wang Qiang", "chen", True)
    duty = (await client.ask("GET", "/duty?days=1", "read"))[1]["items"]
    assert [one["people"][0]["id"] for one in duty] == ["chen"]
    expected = {"kind": "token", "by": "chen", "address": "127.0.0.1"}
    assert entered(client.site, "duty_swapped") == [("chen", expected)]
    assert await code(client, "DELETE", "/duty/swaps/999", "respond") == (404, "duty_gone")


async def test_a_piece_leaves_the_store_and_an_inspection_is_recorded(client: Client) -> None:
    status, spares = await client.ask("POST", "/spares", "respond", json={"verb": "take", "name": "camera"})
    assert (status, spares["items"][0]["here"], spares["items"][0]["out"][0]["by"]) == (200, 1, "Wang Qiang")
    assert (await client.ask("POST", "/spares", "read", json={"verb": "take", "name": "camera"}))[0] == 403
    assert (await client.ask("POST", "/spares", "respond", json={"verb": "take", "name": "piano"}))[0] == 409
    text = {"name": "monthly", "text": "all well \u202e<script>"}
    status, rounds = await client.ask("POST", "/inspections", "respond", json=text)
    assert (status, rounds["items"][0]["due"]) == (200, "")
    assert (await client.ask("GET", "/inspections", "read"))[1] == rounds


async def test_the_papers_are_for_whom_the_plan_names(client: Client) -> None:
    wang = Actor(kind=ActorKind.CONTACT, name="wang", person="wang")
    commands: list[tuple[str, int | None, dict[str, Any]]] = [
        ("resolve", 1, {"force": True}),
        ("report_edit", 1, {"chapter": "cause", "text": "The cable was loose."}),
        ("improvement_add", None, {"text": "Fix the cable", "owner": "chen", "due": "2035-01-01"}),
    ]
    for verb, number, given in commands:
        request = CommandRequest(verb=verb, actor=wang, incident=number, arguments=given)
        assert (await client.site.service.command(request)).refused is None
    (paper,) = (await client.ask("GET", "/reports", "read"))[1]["items"]
    assert (paper["number"], paper["state"], paper["turn"][0]["name"]) == (1, "draft", "Office")
    whole = (await client.ask("GET", "/reports/1", "read"))[1]
    assert whole["chapters"] == {"cause": "The cable was loose."}
    (better,) = (await client.ask("GET", "/improvements", "read"))[1]["items"]
    assert (better["text"], better["owner"]["id"], better["late"]) == ("Fix the cable", "chen", False)
    for path in ("/reports", "/reports/1", "/improvements"):
        assert (await client.ask("GET", path, "gao"))[0] == 403
    assert (await client.ask("GET", "/reports/99", "read"))[0] == 404
    signed = await client.ask("POST", "/incidents/1/actions", "chen", json={"verb": "report_sign"})
    assert signed[0] == 400, "a program signs nothing"


async def test_feedback_is_taken_without_a_name_and_up_to_a_bound(client: Client) -> None:
    room = client.site.service.records
    assert await room.incident(1) is not None
    assert (await client.ask("POST", "/incidents/1/feedback", "report", json={"score": 4.0, "text": "quick"}))[0] == 204
    for _ in range(FROM_ALL - 1):
        assert (await client.ask("POST", "/rooms/R1/feedback", "report", json={"score": 1}))[0] == 204
    assert (await client.ask("POST", "/rooms/R1/feedback", "report", json={"score": 1}))[0] == 429
    assert (await client.ask("POST", "/rooms/R2/feedback", "report", json={"score": 6}))[0] == 400
    assert (await client.ask("POST", "/rooms/R9/feedback", "report", json={"score": 5}))[0] == 404
    assert (await client.ask("POST", "/incidents/99/feedback", "report", json={"score": 5}))[0] == 404
