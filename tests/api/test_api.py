"""The API over a real HTTP server and a whole service: scopes, pages, actions, errors, and a document that is kept."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from alerting.model.actor import Actor, ActorKind
from alerting.service.answer import CommandRequest
from alerting.service.permissions import ON_INCIDENT
from alerting.words import load_words
from monitor.api import documents as doc
from monitor.api.http import Api
from monitor.api.openapi import EVERY
from monitor.daemon.room_api import room_api
from monitor.pages.incident_actions import FIELDS
from monitor.pages.participant_report import KINDS
from monitor.pages.routes import Pages
from tests.alerting.stage import RUNNING
from tests.commands.test_entrance import entered
from tests.pages.stage import LOOPBACK, Room, served
from tests.pages.test_server import STATUS
from tests.rooms.site import PLAN, ROOMS, Site

ROOT = Actor(kind=ActorKind.LOGIN, name="root")
SCOPES = {"read": ["read"], "report": ["report"], "respond": ["read", "respond"], "admin": ["admin"]}


class Client:
    """address, tokens: by scope. api: as it is served."""

    def __init__(self, site: Site, api: Api, session: aiohttp.ClientSession, tokens: dict[str, str]) -> None:
        self.site, self.api, self.session, self.tokens = site, api, session, tokens

    async def ask(self, method: str, path: str, scope: str = "admin", **more: Any) -> tuple[int, Any]:
        """(status, document); checks what holds for every answer."""
        headers = {"Authorization": f"Bearer {self.tokens[scope]}"} if scope else {}
        async with self.session.request(method, f"/api/v1{path}", headers=headers, **more) as answer:
            body = await answer.read()
            assert answer.status != 500, body
            if answer.status >= 400:
                assert answer.content_type == "application/problem+json"
                assert answer.status in EVERY
                found = msgspec.json.decode(body, type=doc.ProblemDetails)
                assert found.status == answer.status
            assert answer.headers["Cache-Control"] == "no-store"
            return answer.status, msgspec.json.decode(body) if body else None


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with serving(tmp_path) as made:
        yield made


@contextlib.asynccontextmanager
async def serving(folder: Path, plan: str = PLAN) -> AsyncIterator[Client]:
    site = Site(folder, plan, rooms=ROOMS[:2], home=ROOMS[0])
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(1)
    rooms = {one.id: Room(id=one.id, document={**STATUS, "room": one.id, "name": one.name}) for one in ROOMS[:2]}
    pages = Pages(rooms, "R1", public_url=str, networks=lambda: LOOPBACK, desk=site.service.desk)
    api = room_api(pages, site.service)
    tokens = {}
    for name, scopes in SCOPES.items():
        given = {"name": name, "scopes": scopes, "contact": "wang"}
        answer = await site.service.command(CommandRequest(verb="token_make", actor=ROOT, arguments=given))
        tokens[name] = answer.document["token"]
    async with served(pages, api) as address, aiohttp.ClientSession(address) as session:
        yield Client(site, api, session, tokens)
    await site.service.close()


async def test_it_reads_rooms_checks_incidents_duty_and_history(client: Client) -> None:
    status, rooms = await client.ask("GET", "/rooms", "read")
    assert (status, [one["id"] for one in rooms["items"]]) == (200, ["R1", "R2"])
    assert (await client.ask("GET", "/rooms/R1", "read"))[1]["name"] == "Lakeside"
    checks = (await client.ask("GET", "/rooms/R1/checks", "read"))[1]["items"]
    assert len(checks) == len(STATUS["checks"])
    one = (await client.ask("GET", "/incidents/1", "read"))[1]
    assert (one["number"], one["class"], one["severity"], one["phase"]) == (1, "device", "critical", "open")
    story = (await client.ask("GET", "/incidents/1/timeline", "read"))[1]["items"]
    assert [entry["verb"] for entry in story][:1] == ["opened"]
    assert (await client.ask("GET", "/duty", "read"))[0] == 200
    history = (await client.ask("GET", "/rooms/R1/history?days=7", "read"))[1]
    assert (history["incidents"], len(history["days"]), len(history["months"])) == (1, 7, 12)


async def test_pages_of_a_list_hold_each_incident_once(client: Client) -> None:
    for _ in range(3):
        await client.ask("POST", "/rooms/R2/reports", "report", json={"kind": "network"})
    seen, path = [], "/incidents?limit=1"
    while path:
        _, page = await client.ask("GET", path, "read")
        seen += [one["number"] for one in page["items"]]
        path = f"/incidents?limit=1&before={page['next']}" if page["next"] else ""
    assert seen == sorted(set(seen), reverse=True)
    assert {1, 2} <= set(seen)
    assert (await client.ask("GET", "/incidents?room=R2", "read"))[1]["items"][0]["room"] == "R2"


async def test_a_report_and_an_action_go_the_way_of_all_others(client: Client) -> None:
    status, made = await client.ask("POST", "/rooms/R1/reports", "report", json={"kind": "picture", "name": "Ann"})
    assert status == 201
    status, taken = await client.ask("POST", "/incidents/1/actions", "respond", json={"verb": "take"})
    assert (status, taken["taken_by"]) == (200, "Wang Qiang")
    expected = {"kind": "token", "by": "respond", "address": "127.0.0.1"}
    assert entered(client.site, "taken") == [("wang", expected)]
    status, refused = await client.ask("POST", "/incidents/1/actions", "respond", json={"verb": "assign"})
    assert (status, refused["reason"]["code"]) == (409, "missing_to")
    assert refused["detail"] == client.site.service.said(msgspec.convert(refused["reason"], _reason()), "en")
    assert made["number"]


def _reason() -> type:
    from alerting.model.reason import Reason

    return Reason


@pytest.mark.parametrize(
    ("method", "path", "scope", "status"),
    [
        ("GET", "/rooms", "", 401),
        ("GET", "/rooms", "report", 403),
        ("POST", "/rooms/R1/reports", "read", 403),
        ("POST", "/incidents/1/actions", "read", 403),
        ("GET", "/tokens", "respond", 403),
        ("DELETE", "/tokens/00000000", "respond", 403),
        ("DELETE", "/tokens/00000000", "admin", 404),
        ("GET", "/rooms/R9", "read", 404),
        ("GET", "/rooms/%2e%2e%2fpasswd", "read", 404),
        ("GET", "/incidents/99", "read", 404),
        ("GET", "/incidents/0", "read", 404),
        ("GET", "/incidents?limit=0", "read", 400),
        ("GET", "/incidents?limit=1&limit=2", "read", 400),
        ("GET", "/incidents?nothing=1", "read", 400),
        ("GET", "/nowhere", "read", 404),
        ("PUT", "/rooms", "read", 405),
    ],
)
async def test_what_is_not_let_in_is_a_problem(client: Client, method: str, path: str, scope: str, status: int) -> None:
    assert (await client.ask(method, path, scope))[0] == status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'{"kind": "sound"}', "text/plain", 415),
        (b'{"kind": "smell"}', "application/json", 400),
        (b'{"kind": "sound", "more": 1}', "application/json", 400),
        (b'{"kind": "sound", "text": "\xff"}', "application/json", 400),
        (b"x" * 70_000, "application/json", 413),
    ],
)
async def test_a_bad_body_is_a_problem_and_nothing_is_kept(client: Client, body: bytes, kind: str, status: int) -> None:
    before = client.site.verbs()
    headers = {"Content-Type": kind, "Authorization": f"Bearer {client.tokens['report']}"}
    async with client.session.post("/api/v1/rooms/R1/reports", data=body, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert client.site.verbs() == before


async def test_a_token_is_shown_once_kept_as_a_hash_and_dead_when_revoked(client: Client) -> None:
    secret = client.tokens["read"]
    kept = client.site.service.engine.recall("api_tokens") or ""
    assert secret.rpartition("_")[2] not in kept
    _, listed = await client.ask("GET", "/tokens")
    assert {one["name"] for one in listed["items"]} == set(SCOPES)
    assert (await client.ask("DELETE", f"/tokens/{secret.split('_')[1]}"))[0] == 204
    assert (await client.ask("GET", "/rooms", "read"))[0] == 401
    for wrong in (client.tokens["admin"][:-1], "rw_", "", "x" * 5000, client.tokens["admin"] + "\u00e9"):
        client.tokens["wrong"] = wrong
        with contextlib.suppress(UnicodeEncodeError):
            assert (await client.ask("GET", "/rooms", "wrong"))[0] in (400, 401)
    assert {"token_made", "token_revoked"} <= set(client.site.verbs(0))


async def test_who_left_the_plan_acts_by_no_token(client: Client, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN.replace('name = "Wang Qiang"', 'name = "Wang Qiang"\nleft = true'))
    assert await client.site.service.reload(client.site.settings) == ""
    assert (await client.ask("GET", "/rooms", "read"))[0] == 401


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "x", "scopes": []}, "token_incomplete"),
        ({"name": "", "scopes": ["read"]}, "token_incomplete"),
        ({"name": "x", "scopes": ["write"]}, "token_incomplete"),
        ({"name": "read", "scopes": ["read"]}, "token_there"),
        ({"name": "x", "scopes": ["respond"]}, "token_without_contact"),
        ({"name": "x", "scopes": ["read"], "contact": "nobody"}, "unknown_name"),
    ],
)
async def test_a_bad_order_makes_no_token(client: Client, given: dict[str, Any], code: str) -> None:
    answer = await client.site.service.command(CommandRequest(verb="token_make", actor=ROOT, arguments=given))
    assert answer.refused is not None
    assert answer.refused.code == code
    kim = Actor(kind=ActorKind.LOGIN, name="wang")
    answer = await client.site.service.command(CommandRequest(verb="token_make", actor=kim, arguments=given))
    assert answer.refused is not None
    assert answer.refused.code == "not_trusted"


async def test_the_document_names_every_call_and_its_words_are_those_of_the_code(client: Client) -> None:
    async with client.session.get("/api/v1/openapi.json") as answer:
        made = await answer.json()
    assert made["openapi"].startswith("3.1")
    served = {(path, method.upper()) for path, calls in made["paths"].items() for method in calls}
    assert served == {(call.path, call.method) for call in client.api._calls}
    schemas = made["components"]["schemas"]
    assert set(schemas["ActionRequest"]["properties"]["verb"]["enum"]) == set(FIELDS) == ON_INCIDENT
    assert set(schemas["ReportRequest"]["properties"]["kind"]["enum"]) == set(KINDS)
    assert load_words("en").has("event.token_made")


TEXTS = st.text(max_size=40) | st.sampled_from(["\u202e", "<script>", "\x00", "../..", "R1", "take", "1"])
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
FORMS = st.fixed_dictionaries(
    {"verb": st.sampled_from(sorted(ON_INCIDENT)) | TEXTS},
    optional=dict.fromkeys(("text", "to", "fault_class", "severity", "name"), TEXTS),
)


@given(
    calls=st.lists(
        st.tuples(st.integers(0, 24), st.sampled_from(["1", "2", "7", "R1", "R2", "x"]), FORMS | BODIES, TEXTS),
        min_size=1,
        max_size=12,
    )
)
@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
async def test_whatever_is_asked_is_answered_by_the_document(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[int, str, Any, str]]
) -> None:
    async with serving(tmp_path_factory.mktemp("site")) as client:
        table = client.api._calls
        assert len(table) == 25, "the numbers above reach each call"
        for index, place, body, text in calls:
            call = table[index]
            path = call.path
            for part in ("room", "number", "token", "key"):
                path = path.replace(f"{{{part}}}", place)
            fields = call.query.__struct_fields__
            query = {fields[0]: text} if fields and index % 2 else {}
            data = msgspec.json.encode(body)
            headers = {"Content-Type": "application/json"} if call.body is not None else None
            token = {"Authorization": f"Bearer {client.tokens['admin']}"}
            async with client.session.request(
                call.method, f"/api/v1{path}", params=query, data=data, headers={**token, **(headers or {})}
            ) as answer:
                got = await answer.read()
            assert answer.status == call.status or (answer.status in EVERY and answer.status != 500), got
            if answer.status == call.status and call.answer is not None:
                msgspec.json.decode(got, type=call.answer, strict=True)
            elif answer.status >= 400:
                msgspec.json.decode(got, type=doc.ProblemDetails, strict=True)
