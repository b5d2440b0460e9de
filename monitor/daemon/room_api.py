"""The API over one service: its table of calls with this place's rooms."""

from __future__ import annotations

import time

from alerting.service.api_tokens import holder
from alerting.service.service import AlertingService
from monitor.api.call import Entrance
from monitor.api.http import Api
from monitor.api.office import OfficeCalls
from monitor.api.room_calls import RoomCalls
from monitor.pages.routes import Pages


def room_api(pages: Pages, service: AlertingService) -> Api:
    entrance = Entrance(service.command, pages.look)
    calls = RoomCalls(
        lambda: pages.frame.rooms,
        lambda: pages.frame.home,
        service.records,
        service.names,
        entrance,
        pages.look,
        time.monotonic,
    )
    office = OfficeCalls(lambda: pages.frame.rooms, service.records, service.names, entrance, time.monotonic)
    return Api(
        (*calls.table(), *office.table()),
        token=lambda text: holder(text, service.engine.recall),
        here=lambda contact: service.desk.signed_in(contact) is not None,
        said=service.said,
    )
