"""Makes config/grafana/*.json: the wall of all rooms, red first, and one room's checks over time.

`python scripts/dashboards.py` writes them; `--check` ends with 1 when what is checked in differs.
Owns layout and queries; the recording rule that ranks rooms stands in config/prometheus/roomwatch.rules.yml.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

FOLDER = Path(__file__).resolve().parent.parent / "config" / "grafana"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN, YELLOW, RED, DARK_RED, GREY, BLUE = "#299c46", "#e0b400", "#d44a3a", "#8f1d14", "#808080", "#3274d9"
WALL_LINK = "/d/roomwatch-room?var-room=${__field.labels.room}&${__url_time_range}"

TROUBLE = {
    -2: ("off", GREY),
    -1: ("unknown", GREY),
    0: ("OK", GREEN),
    1: ("degraded", YELLOW),
    2: ("FAULT", RED),
    3: ("FAULT in a meeting", DARK_RED),
    4: ("SILENT", BLUE),
}
STATE = {-1: ("unknown", GREY), 0: ("ok", GREEN), 1: ("degraded", YELLOW), 2: ("failed", RED)}
MEETING = {0: ("no meeting", GREY), 1: ("meeting", BLUE), 2: ("unknown", GREY)}
YES_IS_BAD = {0: ("no", GREEN), 1: ("YES", RED)}
YES_IS_GOOD = {0: ("NO", RED), 1: ("yes", GREEN)}


def mapping(words: Mapping[int, tuple[str, str]]) -> list[ValueMapping]:
    options = {
        str(value): ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(words.items())
    }
    return [ValueMap(options=options)]


DELAYS = "gateway_rtt|internet_rtt|dns|service_phase|media_rtt|media_jitter"


def meeting_of(here: str) -> str:
    """0 no meeting, 1 one runs, 2 unknown."""
    running, unknown = (f'sum(roomwatch_meeting_state{{{here}, state="{state}"}})' for state in ("running", "unknown"))
    return f"{running} + 2 * {unknown}"


def cpu_of(here: str) -> str:
    """Of the daemon and of the children that have ended."""
    names = ("process_cpu_seconds_total", "roomwatch_children_cpu_seconds_total")
    return " + ".join(f"rate({name}{{{here}}}[$__rate_interval])" for name in names)


def duration_of(here: str) -> str:
    """Mean duration of each probe's runs."""
    name = "roomwatch_probe_duration_seconds"
    return f"rate({name}_sum{{{here}}}[$__rate_interval]) / rate({name}_count{{{here}}}[$__rate_interval])"


def query(expression: str, legend: str = "", *, instant: bool = False, as_table: bool = False) -> prometheus.Dataquery:
    made = prometheus.Dataquery().datasource(SOURCE).expr(expression).legend_format(legend or "__auto").ref_id("A")
    made = made.instant() if instant else made.range()
    return made.format(
        prometheus.prometheus.PromQueryFormat.TABLE if as_table else prometheus.prometheus.PromQueryFormat.TIME_SERIES
    )


def steps(*pairs: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    return (
        dashboard.ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value=value, color=colour) for value, colour in pairs])
    )


def number(title: str, expression: str, description: str, *, bad_from: float | None = None) -> stat.Panel:
    limits = steps((None, GREEN), (bad_from, RED)) if bad_from is not None else steps((None, BLUE))
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .with_target(query(expression, instant=True))
        .height(4)
        .span(4)
        .thresholds(limits)
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.BACKGROUND)
        .no_value("0")
    )


def fact(title: str, expression: str, words: list[ValueMapping], description: str) -> stat.Panel:
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .with_target(query(expression, instant=True))
        .height(4)
        .span(4)
        .mappings(words)
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.BACKGROUND)
    )


def timeline(title: str, expression: str, legend: str, words: list[ValueMapping], height: int) -> statetimeline.Panel:
    return (
        statetimeline.Panel()
        .title(title)
        .datasource(SOURCE)
        .with_target(query(expression, legend))
        .height(height)
        .span(24)
        .mappings(words)
        .show_value(common.VisibilityMode.NEVER)
        .merge_values(True)
        .row_height(0.85)
        .fill_opacity(90)
        .legend(
            shared.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )


def curve(title: str, expression: str, legend: str, unit: str, description: str = "") -> timeseries.Panel:
    return (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .with_target(query(expression, legend))
        .unit(unit)
        .height(7)
        .span(12)
        .line_width(1)
        .fill_opacity(8)
        .axis_soft_min(0)
        .legend(shared.VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM))
    )


def source_variable() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def label_variable(name: str, label: str, expression: str, *, several: bool) -> dashboard.QueryVariable:
    made = (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(expression)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
    if several:
        made = made.multi(True).include_all(True).all_value(".*").current(VariableOption(text="All", value="$__all"))
    return made


def wall() -> dashboard.Dashboard:
    """All rooms: red first, the number of the broken ones, and every open fault with its room."""
    here = 'site=~"$site"'
    trouble = f"site_room:roomwatch_state:code{{{here}}}"
    rooms = (
        stat.Panel()
        .title("Rooms, the worst first")
        .datasource(SOURCE)
        .height(12)
        .span(24)
        .description("4 silent, 3 fault during a meeting, 2 fault, 1 degraded, 0 ok. Click a room to open it.")
        .with_target(query(f"sort_desc({trouble})", "{{room}}", instant=True))
        .mappings(mapping(TROUBLE))
        .color_mode(common.BigValueColorMode.BACKGROUND)
        .graph_mode(common.BigValueGraphMode.NONE)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .with_override(_matcher("byType", "number"), [_room_link()])
    )
    faults = (
        table.Panel()
        .show_header(True)
        .title("Open faults (causes only)")
        .datasource(SOURCE)
        .height(9)
        .span(24)
        .description("What one cause explains is not listed: those are its symptoms.")
        .with_target(query(f'roomwatch_fault_open{{{here}, cause=""}}', instant=True, as_table=True))
        .with_transformation(_columns({"room": 0, "code": 1, "target": 2, "class": 3, "site": 4, "floor": 5}))
        .no_value("No fault in any room")
    )
    return (
        dashboard.Dashboard("Roomwatch: all rooms")
        .uid("roomwatch-wall")
        .tags(["roomwatch"])
        .readonly()
        .refresh("15s")
        .time("now-6h", "now")
        .timezone("browser")
        .description("The wall of meeting rooms, red first.")
        .with_variable(source_variable())
        .with_variable(label_variable("site", "Site", 'label_values(up{job="roomwatch"}, site)', several=True))
        .with_panel(number("Silent rooms", f"count({trouble} == 4) or vector(0)", "Nothing heard", bad_from=1))
        .with_panel(number("Faults in meetings", f"count({trouble} == 3) or vector(0)", "People wait", bad_from=1))
        .with_panel(number("Rooms with a fault", f"count({trouble} == 2) or vector(0)", "No meeting now", bad_from=1))
        .with_panel(
            number(
                "Meetings running",
                f'sum(roomwatch_meeting_state{{{here}, state="running"}}) or vector(0)',
                "Known ones",
            )
        )
        .with_panel(
            number(
                "Nobody reachable",
                f"sum(roomwatch_incidents_told_nobody{{{here}}}) or vector(0)",
                "Rooms whose alarm reached no one",
                bad_from=1,
            )
        )
        .with_panel(
            number("Rooms watched", f'count(up{{job="roomwatch", {here}}}) or vector(0)', "Known to Prometheus")
        )
        .with_panel(rooms)
        .with_panel(faults)
        .with_panel(timeline("Rooms over time", trouble, "{{room}}", mapping(TROUBLE), 12))
    )


def one_room() -> dashboard.Dashboard:
    """One room: verdict, its checks over time, what was measured, and how the monitor itself does."""
    here = 'room="$room"'
    faults = (
        table.Panel()
        .show_header(True)
        .title("Open faults")
        .datasource(SOURCE)
        .height(6)
        .span(24)
        .description("cause: the fault that explains this one; empty where it is a cause itself.")
        .with_target(query(f"roomwatch_fault_open{{{here}}}", instant=True, as_table=True))
        .with_transformation(_columns({"code": 0, "target": 1, "fault_class": 2, "cause": 3}))
        .no_value("No fault")
    )
    return (
        dashboard.Dashboard("Roomwatch: one room")
        .uid("roomwatch-room")
        .tags(["roomwatch"])
        .readonly()
        .refresh("15s")
        .time("now-6h", "now")
        .timezone("browser")
        .description("One room's checks over time.")
        .with_variable(source_variable())
        .with_variable(label_variable("room", "Room", 'label_values(up{job="roomwatch"}, room)', several=False))
        .with_panel(fact("Now", f"site_room:roomwatch_state:code{{{here}}}", mapping(TROUBLE), "The worst of the room"))
        .with_panel(fact("Meeting", meeting_of(here), mapping(MEETING), "As far as known"))
        .with_panel(
            fact("Nobody reachable", f"roomwatch_incidents_told_nobody{{{here}}}", mapping(YES_IS_BAD), "Told no one")
        )
        .with_panel(
            fact("Journal written", f"roomwatch_journal_writable{{{here}}}", mapping(YES_IS_GOOD), "Kept on disk")
        )
        .with_panel(number("Open incidents", f"sum(roomwatch_incidents_open{{{here}}})", "All severities", bad_from=1))
        .with_panel(number("Waiting to be sent", f"roomwatch_notifications_pending{{{here}}}", "Outbox", bad_from=1))
        .with_panel(faults)
        .with_panel(timeline("Checks", f"roomwatch_check_state{{{here}}}", "{{check}} {{target}}", mapping(STATE), 12))
        .with_panel(timeline("Meeting", meeting_of(here), "meeting", mapping(MEETING), 4))
        .with_panel(
            curve(
                "Round trips and delays",
                f'{{{here}, __name__=~"roomwatch_({DELAYS})_seconds"}}',
                "{{__name__}} {{target}} {{phase}}{{ip}}",
                "s",
                "What the network probe measured",
            )
        )
        .with_panel(
            curve(
                "Sound",
                f'{{{here}, __name__=~"roomwatch_(microphone|speaker)_.*_dbfs"}}',
                "{{__name__}} {{target}}",
                "short",
                "dBFS; exact silence has no value",
            )
        )
        .with_panel(curve("Probe duration", duration_of(here), "{{probe}}", "s", "Mean of the runs"))
        .with_panel(
            curve(
                "Probe failures",
                f"increase(roomwatch_probe_failures_total{{{here}}}[$__rate_interval])",
                "{{probe}}",
                "short",
            )
        )
        .with_panel(
            curve(
                "Notifications",
                f"increase(roomwatch_notifications_total{{{here}}}[$__rate_interval])",
                "{{outcome}}",
                "short",
            )
        )
        .with_panel(
            curve(
                "CPU of the monitor",
                cpu_of(here),
                "daemon and children",
                "percentunit",
                "1 is one core",
            )
        )
        .with_panel(curve("Memory of the daemon", f"process_resident_memory_bytes{{{here}}}", "resident", "bytes"))
        .with_panel(
            curve(
                "Since the plan was looked at",
                f"roomwatch_time_seconds{{{here}}} - roomwatch_last_tick_timestamp_seconds{{{here}}}",
                "age",
                "s",
                "Over 60 s it stalls",
            )
        )
    )


def _matcher(kind: str, options: str) -> object:
    from grafana_foundation_sdk.models.dashboard import MatcherConfig

    return MatcherConfig(id_val=kind, options=options)


def _room_link() -> DynamicConfigValue:
    return DynamicConfigValue(
        id_val="links", value=[{"title": "Open the room", "url": WALL_LINK, "type": DashboardLinkType.LINK}]
    )


def _columns(order: Mapping[str, int]) -> DataTransformerConfig:
    hidden = dict.fromkeys(("Time", "Value", "__name__", "instance", "job"), True)
    return DataTransformerConfig(
        id_val="organize", options={"excludeByName": hidden, "indexByName": dict(order), "renameByName": {}}
    )


def documents() -> dict[str, str]:
    """File name → JSON text, each panel numbered so that links to it stay."""
    made = {"wall.json": wall(), "room.json": one_room()}
    return {
        name: json.dumps(board.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
        for name, board in made.items()
    }


def main() -> int:
    different = False
    for name, text in documents().items():
        file = FOLDER / name
        if "--check" in sys.argv[1:]:
            different |= not file.is_file() or file.read_text() != text
        else:
            file.write_text(text)
    if different:
        print("config/grafana differs from scripts/dashboards.py: run python scripts/dashboards.py", file=sys.stderr)
    return int(different)


if __name__ == "__main__":
    sys.exit(main())
