"""The pages of a simulated fleet over HTTP: /room/SITE/ID/metrics each, and /targets for http_sd."""

from __future__ import annotations

from aiohttp import web

from monitor.fleet.simulation.fleet import SimulatedFleet, metrics_path

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def application(fleet: SimulatedFleet) -> web.Application:
    async def page(request: web.Request) -> web.Response:
        site, room = request.match_info["site"], request.match_info["room"]
        if request.transport is None or request.transport.is_closing():
            return web.Response(status=503)  # it gave up waiting: a page would only make the others wait longer
        if (site, room) not in fleet:
            raise web.HTTPNotFound(text="there is no such room\n")
        body = fleet.page(site, room)
        if body is None:
            return _silence(request)
        answer = web.Response(body=body, headers={"Content-Type": TEXT})
        answer.enable_compression()
        return answer

    async def targets(request: web.Request) -> web.Response:
        return web.Response(text=fleet.target_groups(request.host), content_type="application/json")

    made = web.Application()
    made.router.add_get(metrics_path("{site}", "{room}"), page)
    made.router.add_get("/targets", targets)
    return made


def _silence(request: web.Request) -> web.Response:
    """The connection breaks off without an answer, as it does to a machine that is gone."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
