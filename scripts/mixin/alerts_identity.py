"""Alerts of names and targets: who is who, and who is scraped at all."""

from __future__ import annotations

from scripts.mixin.rule import WHERE, Alert, Group, of_room

IDENTITY = (
    of_room(
        "RoomDuplicate",
        "warning",
        "count by (SITE, ROOM) (up{SELECTOR}) > 1",
        ("{{ $value }} targets claim to be this room", "有 {{ $value }} 个采集目标使用同一会议室身份"),
        (
            "Two targets have one site and one room: an old and a new PC, or a mistake in the inventory.",
            "Remove the PC that is gone from the inventory, or give one of the rooms another id.",
            "up{SELECTOR} and on (SITE, ROOM) (count by (SITE, ROOM) (up{SELECTOR}) > 1)",
        ),
        kind="fleet",
        wait="10m",
    ),
    Alert(
        "RoomMisnamed",
        "warning",
        f"""(
  (
    group by (SITE, ROOM, configured_site, configured_room) (roomwatch_room_info{{configured_site!=""}})
    unless on (SITE, ROOM, configured_site, configured_room)
    label_replace(label_replace(group by (SITE, ROOM) (roomwatch_room_info),
      "configured_site", "$1", "SITE", "(.*)"), "configured_room", "$1", "ROOM", "(.*)")
  )
  or
  (
    group by (SITE, ROOM, configured_site, configured_room) (roomwatch_room_info{{configured_site=""}})
    unless on (SITE, ROOM, configured_room)
    label_replace(group by (SITE, ROOM) (roomwatch_room_info), "configured_room", "$1", "ROOM", "(.*)")
  )
)
* on (SITE, ROOM) group_left (FLOOR) {WHERE}""",
        "{{ $labels.SITE }} · room {{ $labels.ROOM }}: its PC believes to be "
        "{{ $labels.configured_site }} {{ $labels.configured_room }}",
        "{{ $labels.SITE }} · 会议室 {{ $labels.ROOM }}：其主机自认为是 "
        "{{ $labels.configured_site }} {{ $labels.configured_room }}",
        "The inventory and the PC disagree on which room this is: its messages name the wrong room.",
        "Correct `[room]` in the PC's overlay or the inventory; copied disk images do this.",
        "roomwatch_room_info",
        kind="fleet",
        wait="10m",
    ),
    Alert(
        "NoRoomsKnown",
        "critical",
        "absent(up{SELECTOR})",
        "Prometheus watches no room at all",
        "Prometheus 没有监视任何会议室",
        "There is no scrape target: the job is missing, its file of rooms is empty or not readable.",
        "Open Status → Targets in Prometheus; look at `rooms.yml` and the job's name.",
        "up",
        kind="fleet",
        wait="5m",
        dashboard="roomwatch-fleet",
    ),
    Alert(
        "RoomsVanished",
        "warning",
        """(
  max_over_time(site:roomwatch_rooms:count[1d])
  - (site:roomwatch_rooms:count or 0 * max_over_time(site:roomwatch_rooms:count[1d]))
)
> 0.5 * max_over_time(site:roomwatch_rooms:count[1d])
and max_over_time(site:roomwatch_rooms:count[1d]) >= 3""",
        "{{ $labels.SITE }}: {{ $value }} rooms are gone from the scrape configuration",
        "{{ $labels.SITE }}：采集配置中少了 {{ $value }} 间会议室",
        "More than half of a site's rooms are not scraped any more since a day: nobody would see them break.",
        "Compare the inventory with its last version. If the site was given up, this ends by itself after a day.",
        "site:roomwatch_rooms:count",
        kind="fleet",
        wait="5m",
        dashboard="roomwatch-fleet",
    ),
)  # fmt: skip


def groups() -> list[Group]:
    return [Group("roomwatch-identity", IDENTITY, interval="1m")]
