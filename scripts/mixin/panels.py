"""Panels of Grafana: one function for each kind, with texts in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    MatcherConfig,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
    VariableOption,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from scripts.mixin.settings import Settings

Text = tuple[str, str]
"""English and Chinese."""
Words = Mapping[int, tuple[Text, str]]
"""What a value means, and its colour."""

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
MOST_POINTS = 300
"""Of a curve or band: a panel of half a screen shows no more, and a refresh of a day stays small."""
GREEN, YELLOW, RED, DARK_RED = "#299c46", "#e0b400", "#d44a3a", "#8f1d14"
GREY, PURPLE, BLUE = "#6e6e76", "#a352cc", "#3274d9"
ROOM_STATE: Words = {
    -2: (("off", "已关机"), GREY),
    -1: (("unknown", "未知"), PURPLE),
    0: (("usable", "可用"), GREEN),
    1: (("impaired", "受限"), YELLOW),
    2: (("UNUSABLE", "不可用"), RED),
    3: (("FAULT IN A MEETING", "会议中故障"), DARK_RED),
    4: (("SILENT", "无应答"), BLUE),
}
CHECK_STATE: Words = {
    -2: (("unproven", "未验证"), GREY),
    -1: (("unknown", "未知"), GREY),
    0: (("ok", "正常"), GREEN),
    1: (("degraded", "下降"), YELLOW),
    2: (("failed", "失败"), RED),
}
HEADS: Mapping[str, Text] = {
    "SITE": ("Site", "站点"),
    "FLOOR": ("Floor", "楼层"),
    "ROOM": ("Room", "会议室"),
    "code": ("Fault", "故障代码"),
    "target": ("Device or service", "设备或服务"),
    "severity": ("Severity", "级别"),
    "taken": ("Taken", "已受理"),
    "drill": ("Drill", "演练"),
    "cause": ("Explained by", "根因"),
    "held": ("Held back by", "暂缓通知原因"),
    "model": ("Model", "型号"),
    "version": ("Version", "版本"),
    "base_hash": ("Configuration", "配置指纹"),
    "plan_hash": ("Plan", "预案指纹"),
}
"""What a table calls the labels, in the order of its columns."""
VALUES: Mapping[str, Text] = {
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "critical": ("critical", "严重"),
    "warning": ("warning", "警告"),
    "notice": ("notice", "提示"),
    "maintenance": ("maintenance", "维护"),
    "quiet": ("quiet hours", "免打扰时段"),
    "declared": ("told by a person", "人工报告"),
}
"""What labels say, in words."""
YES_NO: Words = {0: (("no", "否"), GREY), 1: (("yes", "是"), BLUE)}
ROOM_LINK = "/d/roomwatch-room{suffix}?var-datasource=${{datasource}}&var-SITE=${{__data.fields.SITE}}&var-ROOM=${{__data.fields.ROOM}}"
TILE_LINK = "/d/roomwatch-room{suffix}?var-datasource=${{datasource}}&var-SITE=${{__field.labels.SITE}}&var-ROOM=${{__field.labels.ROOM}}"


@dataclass(frozen=True, slots=True)
class Easel:
    """Makes panels in one language (0 English, 1 Chinese) with the labels of the settings."""

    settings: Settings
    language: int

    @property
    def suffix(self) -> str:
        return "-zh-cn" if self.language else ""

    def say(self, text: Text) -> str:
        return text[self.language]

    def fill(self, text: str) -> str:
        return self.settings.fill(text)

    def words(self, words: Words) -> list[ValueMapping]:
        options = {
            str(value): ValueMappingResult(text=self.say(text), color=colour, index=index)
            for index, (value, (text, colour)) in enumerate(words.items())
        }
        return [ValueMap(options=options)]

    def query(
        self, expr: str, legend: str = "", *, instant: bool = False, as_table: bool = False, ref: str = "A"
    ) -> Any:
        made = prometheus.Dataquery().datasource(SOURCE).expr(self.fill(expr)).ref_id(ref)
        made = made.legend_format(self.fill(legend) or "__auto")
        made = made.instant() if instant else made.range()
        return made.format(PromQueryFormat.TABLE if as_table else PromQueryFormat.TIME_SERIES)

    def _of(self, panel: Any, title: Text, description: Text, width: int, height: int) -> Any:
        made = panel.title(self.say(title)).description(self.say(description)).datasource(SOURCE)
        return made.span(width).height(height)

    def number(
        self, title: Text, expr: str, description: Text, *, bad_from: float | None = None, unit: str = "short",
        width: int = 3, words: Words | None = None, colours: tuple[str, str] = (GREEN, RED),
    ) -> Any:  # fmt: skip
        limits = [(None, colours[0]), (bad_from, colours[1])] if bad_from is not None else [(None, BLUE)]
        made = self._of(stat.Panel(), title, description, width, 4)
        made = made.with_target(self.query(expr, instant=True)).thresholds(steps(limits)).unit(unit)
        made = made.graph_mode(common.BigValueGraphMode.NONE).color_mode(common.BigValueColorMode.BACKGROUND)
        return made.mappings(self.words(words)) if words else made

    def tiles(self, title: Text, expr: str, legend: str, description: Text, words: Words, none: Text) -> Any:
        made = self._of(stat.Panel(), title, description, 24, 8).with_target(self.query(expr, legend, instant=True))
        made = made.mappings(self.words(words)).color_mode(common.BigValueColorMode.BACKGROUND)
        made = made.graph_mode(common.BigValueGraphMode.NONE).text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        return made.no_value(self.say(none)).with_override(MatcherConfig("byType", "number"), [self._link(TILE_LINK)])

    def table(
        self, title: Text, description: Text, columns: Sequence[tuple[Text | None, str, str]], none: Text, *,
        width: int = 24, words: Words | None = None,
    ) -> Any:  # fmt: skip
        """columns: name, query and unit of each value; no name where the query brings labels alone. Rows are joined by the
        labels."""
        made = self._of(table.Panel(), title, description, width, 9).show_header(True).no_value(self.say(none))
        hidden = dict.fromkeys(("Time", "__name__", "instance", "job", "kind"), True)
        renamed = {self.fill(label): self.say(text) for label, text in HEADS.items()}
        for number, (name, expr, unit) in enumerate(columns):
            ref = chr(ord("A") + number)
            made = made.with_target(self.query(expr, instant=True, as_table=True, ref=ref))
            field = f"Value #{ref}" if len(columns) > 1 else "Value"
            if name is None:
                hidden[field] = True
                continue
            renamed[field] = self.say(name)
            properties = [DynamicConfigValue("unit", "short" if unit == "yes or no" else unit)]
            if unit == "yes or no":
                properties.append(DynamicConfigValue("mappings", self.words(YES_NO)))
            if words is not None and number == 0:
                properties.append(DynamicConfigValue("mappings", self.words(words)))
                properties.append(DynamicConfigValue("custom.cellOptions", {"type": "color-background"}))
            made = made.with_override(MatcherConfig("byName", self.say(name)), properties)
        ordered = {label: number for number, label in enumerate(renamed)}
        options = {"excludeByName": hidden, "indexByName": ordered, "renameByName": renamed}
        made = made.with_transformation(DataTransformerConfig(id_val="merge", options={}))
        made = made.with_transformation(DataTransformerConfig(id_val="organize", options=options))
        said = {one: ValueMappingResult(text=self.say(text)) for one, text in VALUES.items()}
        made = made.mappings([ValueMap(options=said)])
        by_none = said | {"no": ValueMappingResult(text=self.say(("nothing", "无")))}
        mappings = DynamicConfigValue("mappings", [ValueMap(options=by_none)])
        made = made.with_override(MatcherConfig("byName", "held"), [mappings])
        return made.with_override(MatcherConfig("byName", self.fill("ROOM")), [self._link(ROOM_LINK)])

    def _link(self, address: str) -> DynamicConfigValue:
        url = self.fill(address.format(suffix=self.suffix))
        return DynamicConfigValue("links", [{"title": self.say(("Open the room", "打开会议室")), "url": url}])

    def timeline(self, title: Text, expr: str, legend: str, description: Text, words: Words, height: int) -> Any:
        made = self._of(statetimeline.Panel(), title, description, 24, height).with_target(self.query(expr, legend))
        made = made.mappings(self.words(words)).show_value(common.VisibilityMode.NEVER).merge_values(True)
        return made.row_height(0.85).fill_opacity(90).max_data_points(MOST_POINTS)

    def curve(
        self, title: Text, expr: str | Sequence[tuple[str, str]], legend: str, unit: str, description: Text, *,
        limits: Sequence[tuple[float | None, str]] = (), stacked: bool = False, width: int = 12,
        colours: Mapping[str, str] | None = None, lowest: float = 0.0,
    ) -> Any:  # fmt: skip
        """lowest: where the axis begins, unless a value is less."""
        made = (
            self._of(timeseries.Panel(), title, description, width, 7)
            .unit(unit)
            .max_data_points(MOST_POINTS)
            .line_width(1)
            .axis_soft_min(lowest)
        )
        if unit == "percentunit" and lowest:
            made = made.max(1)
        queries = [(expr, legend)] if isinstance(expr, str) else expr
        for number, (one, name) in enumerate(queries):
            made = made.with_target(self.query(one, name, ref=chr(ord("A") + number)))
        made = made.fill_opacity(60 if stacked else 8)
        for name, colour in (colours or {}).items():
            fixed = DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})
            made = made.with_override(MatcherConfig("byName", name), [fixed])
        if stacked:
            made = made.stacking(shared.StackingConfig().mode(common.StackingMode.NORMAL))
        if limits:
            made = made.thresholds(steps(limits)).thresholds_style(
                shared.GraphThresholdsStyleConfig().mode(common.GraphTresholdsStyleMode.LINE)
            )
        return made.legend(shared.VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM))

    def board(self, uid: str, title: Text, description: Text, panels: Sequence[Any], variables: Sequence[Any]) -> Any:
        made = dashboard.Dashboard(f"Roomwatch: {self.say(title)}").uid(f"{uid}{self.suffix}").tags(["roomwatch"])
        made = made.readonly().refresh("30s").time("now-6h", "now").timezone("browser")
        made = made.description(self.say(description))
        made = made.with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        for one in variables:
            made = made.with_variable(one)
        for panel in panels:
            made = made.with_panel(panel)
        return made

    def variable(self, label: str, title: Text, among: str = "", *, several: bool = True) -> Any:
        """A choice of a label's values. among: selectors of the choices before it."""
        query = self.fill(f"label_values(up{{SELECTOR{among}}}, {label})")
        made = dashboard.QueryVariable(self.fill(label)).label(self.say(title)).datasource(SOURCE).query(query)
        made = made.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)
        if several:
            made = made.multi(True).include_all(True).all_value(".*")
            made = made.current(VariableOption(text="All", value="$__all"))
        return made


def steps(pairs: Sequence[tuple[float | None, str]]) -> Any:
    made = [Threshold(value=value, color=colour) for value, colour in pairs]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(made)
