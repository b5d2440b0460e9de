"""What is recorded of rooms that go away: each at every scrape, with the shares of switches, floors and sites."""

from __future__ import annotations

from scripts.mixin.rule import AWAY, AWAY_SINCE, GONE, MAINTENANCE, ONE_WHERE, PRESENCE, Recording

SILENT = f"{AWAY} == 2"
MEETING = "site_room:roomwatch_meeting:running"
WORKING = "on (SITE) site:roomwatch_working_time:bool"


def share(of: str, labels: str, silent: str) -> str:
    """Of the rooms that did not end in order, where they are enough for a group. of: how many rooms are known."""
    off = f"count by ({labels}) ({AWAY} > 2)"
    return f"""count by ({labels}) ({silent})
/
(({of} - on ({labels}) {off} or {of}) >= <<group_rooms>>)"""


LAST = "site_room:roomwatch_presence:last"
"""PRESENCE once more, each five minutes: few enough to be asked for over a day."""
BEFORE = "site_room:roomwatch_presence:before"
"""PRESENCE as last recorded: half an hour ago at most, or up to a day where Prometheus itself was away for longer."""


def last_heard(words: str) -> str:
    """When each room was last heard to say this, in the last two minutes."""
    return f"max by (SITE, ROOM) (max_over_time(timestamp({words})[2m:<<scrape_interval_seconds>>s]))"


CAME_BACK = f"""{last_heard('roomwatch_stopping{reason!=""} == 1')}
    < {last_heard("roomwatch_stopping == 0")}"""
"""Rooms that were heard after they said that they end: they are up again, or their other PC is."""


PRESENT = (
    Recording(
        BEFORE,
        f"""(last_over_time({PRESENCE}[30m]) or last_over_time({LAST}[1d])) and on (SITE, ROOM) up{{SELECTOR}}""",
    ),
    # What was off or never heard stays so until it is heard. Who is asked for the first time and does not answer is not
    # silent: an inventory may be ahead of the installation.
    Recording(
        PRESENCE,
        f"""0 * (max by (SITE, ROOM) (up{{SELECTOR}}) == 1)
or
(
  (
    (
      3 * (max by (SITE, ROOM) (max_over_time(roomwatch_stopping{{reason=~"poweroff|stop"}}[2m])) == 1)
      or
      4 * (max by (SITE, ROOM) (max_over_time(roomwatch_stopping{{reason=~"reboot|restart"}}[2m])) == 1)
    )
    unless on (SITE, ROOM)
    {CAME_BACK}
  )
  or
  {BEFORE} > 2
  or
  (max by (SITE, ROOM) (avg_over_time(up{{SELECTOR}}[<<silence_window>>])) < bool 0.5) + 1 and on (SITE, ROOM) {BEFORE}
  or
  (max by (SITE, ROOM) (up{{SELECTOR}}) + 1) and on (SITE, ROOM) {BEFORE}
  or
  max by (SITE, ROOM) (up{{SELECTOR}}) + 6
)
and on (SITE, ROOM) up{{SELECTOR}}""",
    ),
    # The last line: Prometheus itself was away, and what it recorded is older than five minutes.
    Recording(
        MAINTENANCE,
        f"""max by (SITE, ROOM) (roomwatch_maintenance_end_timestamp_seconds) > time()
or
{MAINTENANCE} > time() and on (SITE, ROOM) {GONE}
or
last_over_time({MAINTENANCE}[30m]) > time() and on (SITE, ROOM) {GONE} unless on (SITE, ROOM) {PRESENCE} offset 1m""",
    ),
    # Who takes a room out of the wall has said so before: silence is no news, except in a meeting.
    Recording(
        AWAY,
        f"""(
  ({PRESENCE} == 2 and on (SITE, ROOM) {MAINTENANCE} unless on (SITE, ROOM) {MEETING}) + 3
  or
  {PRESENCE} > 0
)
* on (SITE, ROOM) group_left (FLOOR, switch) {ONE_WHERE}
or on (SITE, ROOM)
{PRESENCE} > 0""",
    ),
    Recording(
        AWAY_SINCE,
        f"""{AWAY_SINCE} and on (SITE, ROOM) {AWAY}
or
timestamp(max by (SITE, ROOM) ({AWAY}))""",
    ),
    # A silent room says nothing of its meeting: it goes on as last heard, for an hour.
    Recording(
        MEETING,
        f"""max by (SITE, ROOM) (roomwatch_meeting_state{{state="running"}}) == 1
or
{MEETING} and on (SITE, ROOM) {AWAY_SINCE} > time() - 3600""",
    ),
    Recording(
        "site_switch:roomwatch_silent:ratio",
        share("site_switch:roomwatch_known:count", "SITE, switch", f'{AWAY}{{switch!=""}} == 2'),
    ),
    # Rooms behind a silent switch are that switch's.
    Recording(
        "site_floor:roomwatch_silent:ratio",
        share(
            "site_floor:roomwatch_known:count",
            "SITE, FLOOR",
            f"""({AWAY}{{FLOOR!=""}} == 2)
  unless on (SITE, switch) (site_switch:roomwatch_silent:ratio > <<group_silent_ratio>>)""",
        ),
    ),
    Recording(
        "site:roomwatch_silent:ratio",
        f"""count by (SITE) ({SILENT})
/
(site:roomwatch_rooms:count - on (SITE) count by (SITE) ({AWAY} > 2) or site:roomwatch_rooms:count)""",
    ),
)
