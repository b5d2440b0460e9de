"""All attacks: what is done, what must hold, and who does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bench.attacks import (
    disks,
    exhaustion,
    existing,
    failing_disk,
    hostile_devices,
    hostile_requests,
    hostile_text,
    receivers,
    standstill,
    stories,
)
from bench.attacks.attack import Attack, Figures, Size
from bench.attacks.victim import COSTS_LITTLE
from bench.damage_kinds import STRUCTURAL
from bench.unusable_journal import OBSTACLES

TOLD = {"faults": "faults", "messages": "messages", "duplicates": "copies"}
WRONG_IN_THE_JOURNAL = {
    "lost": "lost",
    "skipped": "skipped",
    "open_faults_unnamed": "open faults unnamed",
    "targets_and_kills_with_more_than_one_duplicate": "targets that got more than one copy for a kill",
    "duplicates_without_a_kill": "copies without a kill",
    "messages_that_came_under_another_key": "messages under two keys",
    "audit_findings": "findings of the audit",
}
WRONG_AT_AN_END = {
    "senders_that_outlived_their_parent": "senders left behind",
    "runs_that_ended_by_themselves": "runs that ended by themselves",
}
KILLS = {"kills": "kills", **TOLD, **WRONG_IN_THE_JOURNAL, **WRONG_AT_AN_END}
CUTS = {"kills": "cuts", "cuts_that_lost_bytes_of_the_log": "cuts that lost bytes", **TOLD, **WRONG_IN_THE_JOURNAL}
NONE_WRONG = dict.fromkeys(WRONG_IN_THE_JOURNAL.values(), 0.0)
NONE_WRONG_AT_A_KILL = {**NONE_WRONG, **dict.fromkeys(WRONG_AT_AN_END.values(), 0.0)}
DELIVERED = (
    "nothing is lost or skipped, each open fault is named to somebody, at most one copy for each target and kill"
)
STARTS = {
    "starts": "starts",
    "starts_that_alarmed_within_5_s": "alarmed within 5 s",
    "starts_with_a_traceback": "tracebacks",
    "starts_that_lost_an_incident": "starts that lost an incident",
    "time_to_alarm_median": "median",
    "time_to_alarm_max": "longest",
}
NO_ALARM = "alarms that did not come"
RESTARTED = (
    "an alarm comes within 30 s, by a restart at worst, which the log explains in one sentence; nothing is lost; pages "
    "that were asked for meanwhile leave at most 100 tracebacks"
)
NONE_WRONG_WHEN_EXHAUSTED = {
    "longest delay of an alarm": 30.0,
    "restarts without a sentence in the log": 0.0,
    "not well in the end": 0.0,
    "lost": 0.0,
    "copies without a restart": 0.0,
    "more than one copy for a restart": 0.0,
    "findings of the audit": 0.0,
    "tracebacks": 100.0,
}
"""tracebacks: of pages that were asked for meanwhile; asyncio alone wrote 27,000 before it was told what to say."""
ALARMED = {"longest": 5.0, "tracebacks": 0.0}

LITTLE = "an alarm is at most 0.2 s later than in quiet, the daemon and its children take at most 20 MiB more"


def _hostile(name: str, what: str, run: Callable[[Size], Awaitable[Figures]], shown_by: str, **most: float) -> Attack:
    """What comes over one way in, while alarms are raised. shown_by: the figure that shows that it came."""
    return Attack(
        name=name,
        what=what,
        holds=LITTLE,
        run=run,
        counts="alarms",
        small=3,
        full=30,
        most={**COSTS_LITTLE, **most},
        least={shown_by: 1},
    )


ATTACKS = (
    Attack(
        name="kill-daemon",
        what="the daemon is killed at random instants, some in its start, while faults overlap and people act",
        holds=DELIVERED,
        run=existing.bench("bench.crash", counted="--kills", read=KILLS),
        counts="kills",
        small=5,
        full=60,
        most=NONE_WRONG_AT_A_KILL,
    ),
    Attack(
        name="kill-engine",
        what="the same with the engine alone, whose start takes no second: many more kills fall into a commit",
        holds=DELIVERED,
        run=existing.bench("bench.crash", "--target", "engine", "--sender", "direct", counted="--kills", read=KILLS),
        counts="kills",
        small=20,
        full=500,
        most=NONE_WRONG_AT_A_KILL,
    ),
    Attack(
        name="power-cut",
        what="the power is cut: what the file system has not written to its device is gone",
        holds="as at a kill",
        run=existing.bench(
            "bench.power_cut",
            counted="--cuts",
            read=CUTS,
        ),
        counts="cuts",
        small=3,
        full=20,
        most=NONE_WRONG,
        root=True,
    ),
    Attack(
        name="flipped-bits",
        what="one bit of the journal, its log or the readings is flipped, each time another, before a start",
        holds="each start watches and alarms within 5 s, without a traceback",
        run=existing.bench("bench.damage", "--structural", "0", counted="--flips", read=STARTS),
        counts="starts",
        small=8,
        full=300,
        most=ALARMED,
    ),
    Attack(
        name="damaged-stores",
        what="both stores are cut, overwritten, replaced or changed, from the header to the rows, before a start",
        holds="each start watches and alarms within 5 s, without a traceback",
        run=existing.bench("bench.damage", "--flips", "0", counted="--structural", read=STARTS),
        counts="starts",
        small=8,
        full=len(STRUCTURAL),
        most=ALARMED,
    ),
    Attack(
        name="bad-receivers",
        what="six receivers hang, drip, redirect to a page to sign in, answer 429 with a time, answer 200 with an "
        "error, cut TLS; a seventh works; then all work",
        holds="the seventh gets each alarm within 1 s, no bad answer is taken for sent, the time is kept, nothing is "
        "lost",
        run=receivers.receivers,
        counts="alarms",
        small=4,
        full=15,
        most={
            "longest delay at the one that works": 1.0,
            "taken for sent": 0,
            "posted to the page to sign in": 0,
            "asked before the time": 0,
            "lost once mended": 0,
            "tracebacks": 0,
        },
        least={"tries at the six": 6},
    ),
    Attack(
        name="journal-at-start",
        what="the journal cannot be opened at the start: a folder or a file in its way, a link to nowhere, read-only, "
        "a full disk, no i-node",
        holds="each alarm comes within 5 s, the journal's state is told, all is in the journal once it can be opened",
        run=existing.bench(
            "bench.unusable_journal",
            counted="--kinds",
            more=lambda size: [],
            read={"end_to_alarm": "longest delay of an alarm", "wrong": "not as it must be", "not_alarmed": NO_ALARM},
        ),
        counts="kinds",
        small=2,
        full=len(OBSTACLES),
        most={"longest delay of an alarm": 5.0, "not as it must be": 0, NO_ALARM: 0},
        root=True,
    ),
    Attack(
        name="disk-while-running",
        what="the journal's disk is full, has no i-node left, goes read-only by itself, or the folder is deleted, "
        "while the daemon runs; then it is mended",
        holds="each alarm comes within 5 s, the journal says that it is not written, and has all of it once mended",
        run=disks.disks,
        counts="kinds",
        small=4,
        full=4,
        most={"longest delay of an alarm": 5.0, "not told": 0, "not in the journal once mended": 0, "tracebacks": 0},
        root=True,
    ),
    Attack(
        name="failing-disk",
        what="the disk under the running daemon's journal is slow (a sync takes 2 s, or 20 s) or fails now and then (a "
        "third of the writes, half of the syncs); then it is well",
        holds="each alarm comes within 5 s, the loop answers meanwhile within 1 s, nothing is lost or told twice",
        run=failing_disk.failing_disk,
        counts="alarms",
        small=2,
        full=10,
        most={
            "longest delay of an alarm": 5.0,
            "longest silence of the loop": 1.0,
            "not written once mended": 0,
            "lost": 0,
            "copies": 0,
            "findings of the audit": 0,
            "tracebacks": 0,
            "ended by itself": 0,
        },
        least={"times that a journal not written was told": 1},
    ),
    Attack(
        name="no-descriptors",
        what="a running daemon gets no file descriptor any more, or has three left, or three as the sender has to be "
        "started; eight readers ask for pages",
        holds=RESTARTED,
        run=exhaustion.descriptors,
        counts="alarms",
        small=2,
        full=5,
        most=NONE_WRONG_WHEN_EXHAUSTED,
        least={"restarts": 1},
    ),
    Attack(
        name="no-memory",
        what="a running daemon, or its sender, gets no memory any more; eight readers ask for pages",
        holds=RESTARTED,
        run=exhaustion.memory,
        counts="alarms",
        small=2,
        full=5,
        most=NONE_WRONG_WHEN_EXHAUSTED,
        least={"restarts": 1},
    ),
    Attack(
        name="reload-storm",
        what="SIGHUPs without a pause for 20 s, while a program is killed; a broker, MQTT and ntfy are connected",
        holds="nothing is connected twice, no complaint in the log, an alarm within 5 s, at most 5 MiB more",
        run=existing.bench(
            "bench.reload_storm",
            "--seconds",
            "20",
            counted="--signals",
            more=lambda size: [],
            read={
                "storm/signals": "signals",
                "storm/complaints": "complaints",
                "storm/alarm_max": "longest delay of an alarm",
                "storm/rss_growth_mib": "growth",
                "meeting_broker/connections_now": "connections to the broker",
                "inbound_mqtt/connections_now": "to MQTT",
                "inbound_ntfy/connections_now": "to ntfy",
            },
        ),
        counts="signals",
        small=500,
        full=10_000,
        most={
            "complaints": 0,
            "longest delay of an alarm": 5.0,
            "growth": 5.0,
            "connections to the broker": 1,
            "to MQTT": 1,
            "to ntfy": 1,
        },
    ),
    Attack(
        name="slow-clients",
        what="300 clients, of one address and of 100, send a byte a second at the room's port",
        holds="each scrape and each look at the page is answered, 99 of 100 within 0.2 s",
        run=existing.bench(
            "bench.slow_clients",
            "--crowded-only",
            counted="--seconds",
            more=lambda size: [],
            read={
                "/metrics/requests": "scrapes",
                "/metrics/answered_share": "scrapes answered",
                "/metrics/p99": "p99 of a scrape",
                "//answered_share": "pages answered",
                "//p99": "p99 of a page",
            },
        ),
        counts="seconds",
        small=10,
        full=300,
        most={"p99 of a scrape": 0.2, "p99 of a page": 0.2},
        least={"scrapes answered": 1.0, "pages answered": 1.0},
    ),
    _hostile(
        "hostile-mail",
        "a mailbox full of mails that are built to be slow, deep or huge; a literal of 4 GiB",
        hostile_text.mail,
        "mails fetched",
    ),
    _hostile(
        "hostile-mqtt",
        "a topic is flooded with deep, long and foreign payloads",
        hostile_text.mqtt,
        "payloads published",
    ),
    _hostile("hostile-ntfy", "a stream of deep, endless and foreign lines", hostile_text.ntfy, "bursts"),
    _hostile(
        "hostile-calendar",
        "calendars with an event each second, 300 MB in one packed line, 40,000 events, noise, one byte a second",
        hostile_text.calendars,
        "calendars fetched",
    ),
    _hostile(
        "hostile-roster",
        "rosters of 400 MB packed, with entities, 400,000 rows, 19 MB of quotes, are imported beside the daemon",
        hostile_text.rosters,
        "imports",
        **{"without a clear answer": 0},
    ),
    _hostile(
        "hostile-sound-server",
        "a sound server hangs, hangs up, sends noise; pactl answers with odd numbers, foreign bytes, megabytes",
        hostile_devices.sound_server,
        "odd answers",
    ),
    replace(
        _hostile(
            "hostile-resolver",
            "a resolver answers with a foreign class, cut, with a name that points at itself, noise, 300 packets",
            hostile_devices.resolver,
            "questions",
            **{"broken probes": 0},
        ),
        root=True,
    ),
    replace(
        _hostile(
            "hostile-requests",
            "eight connections send requests without a form, with headers of 20 kB, forged links",
            hostile_requests.requests,
            "requests",
            **{"answers with 5xx": 0, "forged links that opened": 0},
        ),
        least={"requests": 1, "genuine links that opened": 1},
    ),
    Attack(
        name="failing-devices",
        what="devices and children fail all day, by a clock that jumps: crash, hang, answer with rubbish",
        holds="after the first hour at most 1 MiB more",
        run=existing.bench(
            "bench.failing",
            counted="--hours",
            more=lambda size: [],
            read={"growth_mib": "growth", "own_growth_mib": "without pages of files", "incidents": "incidents"},
        ),
        counts="simulated hours",
        small=2,
        full=24,
        most={"growth": 1.0},
    ),
    Attack(
        name="soak",
        what="days of a normal life by a clock that jumps: meetings, nights, scrapes, pages, a program that dies, "
        "reports, messages, a reload a day",
        holds="after the first day less than 1 MiB more a day, and no more descriptors",
        run=existing.bench(
            "bench.soak",
            counted="--hours",
            more=lambda size: [],
            read={
                "all/hours": "simulated hours",
                "all/rss_until_then": "growth until then",
                "all/rss_a_day": "growth a day",
                "all/own_memory_a_day": "without pages of files",
                "all/more_descriptors": "descriptors more",
                "all/scrapes": "scrapes",
                "all/pages": "pages",
                "all/messages": "messages",
                "all/incidents": "incidents",
            },
        ),
        counts="simulated hours",
        small=6,
        full=72,
        most={"growth a day": 1.0, "descriptors more": 8.0},
        least={"scrapes": 1, "pages": 1, "messages": 1, "incidents": 1},
    ),
    Attack(
        name="standstill",
        what="the whole daemon stands still, as in a swap storm or under a debugger; a program ends meanwhile",
        holds="an alarm within 5 s after it goes on, no finding of the audit, nothing twice",
        run=standstill.standstill,
        counts="seconds",
        small=15,
        full=120,
        most={
            "alarm after it goes on": 5.0,
            "findings of the audit": 0,
            "messages that came twice": 0,
            "tracebacks": 0,
        },
    ),
    Attack(
        name="clock",
        what="the wall clock is a year or hours ahead, then put right; goes back; stands for a sleep of ten minutes",
        holds="right dates, whoever is on duty now is told, nothing is lost, told twice or held against anybody",
        run=stories.stories("tests/alerting/test_clock_that_was_set.py", "tests/audit/test_asleep.py"),
        counts="times each story",
        small=1,
        full=1,
        most={"failed": 0},
    ),
    Attack(
        name="any-order",
        what="faults open, clear, overlap and merge, people act, sends fail, a commit is the last: in any order",
        holds="each open fault is named within its time, whoever was told hears the end, nothing comes under two keys",
        run=stories.orders,
        counts="orders",
        small=20,
        full=2000,
        most={"failed": 0},
    ),
    Attack(
        name="parsers",
        what="each parser of text from outside gets noise, and good texts that were spoilt",
        holds="each returns or raises what it promises, within 2 s of CPU",
        run=stories.parsers,
        counts="seconds for each",
        small=1,
        full=600,
        most={"parsers that broke": 0},
    ),
)
"""By subject; a new attack has a line here and, where no bench makes it yet, a file beside this one."""
