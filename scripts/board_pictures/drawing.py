"""A dashboard with the answers to its queries, as one page of HTML."""

from __future__ import annotations

import datetime as dt
import html
import json
import math
import re
from collections.abc import Sequence
from typing import Any

CELL_WIDTH, CELL_HEIGHT = 54, 34
"""Of Grafana's grid of 24 columns, in pixels."""
PALETTE = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#96d98d", "#ffb357", "#c4162a")
STYLE = f"""
body {{ margin: 0; background: #111217; color: #ccccdc; font: 13px 'Noto Sans', 'Noto Sans CJK SC', sans-serif; }}
h1 {{ font-size: 20px; font-weight: 500; margin: 10px 14px 4px; }}
p {{ margin: 0 14px 6px; color: #8e8ea0; }}
main {{ position: relative; width: {24 * CELL_WIDTH + 16}px; }}
section {{ position: absolute; box-sizing: border-box; overflow: hidden; }}
section {{ background: #181b1f; border: 1px solid #2c2f36; }}
h2 {{ font-size: 13px; font-weight: 500; margin: 5px 8px; white-space: nowrap; }}
.tiles {{ display: flex; flex-wrap: wrap; gap: 4px; padding: 0 8px; }}
.tile {{ flex: 1 1 110px; max-width: 100%; padding: 6px 8px; color: #fff; border-radius: 2px; text-align: center; }}
.tile b {{ display: block; font-size: 19px; font-weight: 500; }}
.one .tile b {{ font-size: 30px; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ border-bottom: 1px solid #2c2f36; padding: 3px 8px; text-align: left; white-space: nowrap; }}
th {{ color: #6e9fff; font-weight: 500; }}
.legend {{ padding: 0 8px; font-size: 11px; white-space: nowrap; }}
.legend span {{ margin-right: 12px; }}
i {{ display: inline-block; width: 12px; height: 3px; margin-right: 4px; vertical-align: middle; }}
svg text {{ fill: #9a9ab0; font-size: 11px; }}
"""
Answer = list[dict[str, Any]]
"""Series as Prometheus gives them."""


def page(board: dict[str, Any], answers: dict[tuple[int, str], Answer], span: tuple[float, float], note: str) -> str:
    panels = board["panels"]
    height = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in panels) * CELL_HEIGHT + 12
    drawn = "".join(_panel(number, one, answers, span) for number, one in enumerate(panels))
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>{html.escape(board['title'])}</h1>"
        f"<p>{html.escape(note)}</p><main style='height:{height}px'>{drawn}</main>"
    )


def _panel(
    number: int, panel: dict[str, Any], answers: dict[tuple[int, str], Answer], span: tuple[float, float]
) -> str:
    place = panel["gridPos"]
    width, height = place["w"] * CELL_WIDTH - 6, place["h"] * CELL_HEIGHT - 6
    found = [(target, answers.get((number, target["refId"]), [])) for target in panel["targets"]]
    inner = _KINDS[panel["type"]](panel, found, span, width, height - 30)
    where = f"left:{place['x'] * CELL_WIDTH + 8}px;top:{place['y'] * CELL_HEIGHT}px;width:{width}px;height:{height}px"
    return f'<section style="{where}"><h2>{html.escape(panel["title"])}</h2>{inner}</section>'


def _stat(panel: dict[str, Any], found: Sequence[Any], span: Any, width: int, height: int) -> str:
    defaults = panel["fieldConfig"]["defaults"]
    tiles = []
    for target, series in found:
        for one in series:
            value = float(one["value"][1])
            text, colour = _shown(value, defaults)
            name = _legend(target, one["metric"]) if len(series) > 1 or "{{" in target["legendFormat"] else ""
            inner, style = f"{html.escape(name)}<b>{html.escape(text)}</b>", f"background:{colour};color:{_ink(colour)}"
            tiles.append(f'<div class=tile style="{style}">{inner}</div>')
    if not tiles:
        return f'<div class="tiles one"><div class=tile>{html.escape(defaults.get("noValue", "–"))}</div></div>'
    return f'<div class="tiles{" one" if len(tiles) == 1 else ""}">{"".join(tiles)}</div>'


def _table(panel: dict[str, Any], found: Sequence[Any], span: Any, width: int, height: int) -> str:
    hidden, renamed, ordered = {}, {}, {}
    for one in panel["transformations"]:
        if one["id"] == "organize":
            hidden, renamed = one["options"]["excludeByName"], one["options"]["renameByName"]
            ordered = one["options"]["indexByName"]
    rows: list[dict[str, Any]] = []
    for number, (target, series) in enumerate(found):
        field = "Value" if len(found) == 1 else f"Value #{target['refId']}"
        for one in series:
            labels = {key: text for key, text in one["metric"].items() if not hidden.get(key)}
            # Merged as Grafana does: into the row with the same values of the labels that both have.
            row = next((row for row in rows if all(row.get(key, text) == text for key, text in labels.items())), None)
            if row is None and number:
                continue
            if row is None:
                rows.append(row := {})
            row |= labels
            if not hidden.get(field):
                row[renamed.get(field, field)] = float(one["value"][1])
    if not rows:
        return f"<p>{html.escape(panel['fieldConfig']['defaults'].get('noValue', ''))}</p>"
    labels = dict.fromkeys(key for row in rows for key in row if isinstance(row[key], str))
    columns = sorted(labels, key=lambda label: ordered.get(label, len(ordered)))
    columns += [name for name in dict.fromkeys(renamed.values()) if any(type(row.get(name)) is float for row in rows)]
    words = [one["options"] for one in panel["fieldConfig"]["defaults"].get("mappings", [])]
    properties = {
        one["matcher"]["options"]: {each["id"]: each["value"] for each in one["properties"]}
        for one in panel["fieldConfig"]["overrides"]
    }
    body = ""
    for row in rows[: max(1, height // 25 - 1)]:
        body += "<tr>"
        for name in columns:
            value, style = row.get(name, ""), ""
            if isinstance(value, float):
                value, colour = _shown(value, properties.get(name, {}))
                if "custom.cellOptions" in properties.get(name, {}):
                    style = f' style="background:{colour};color:{_ink(colour)}"'
            else:
                own = [one["options"] for one in properties.get(name, {}).get("mappings", [])]
                value = next((one[value]["text"] for one in (*own, *words) if value in one), value)
            body += f"<td{style}>{html.escape(value)}</td>"
        body += "</tr>"
    head = "".join(f"<th>{html.escape(renamed.get(name, name))}</th>" for name in columns)
    return f"<table><tr>{head}</tr>{body}</table>"


def _timeline(panel: dict[str, Any], found: Sequence[Any], span: tuple[float, float], width: int, height: int) -> str:
    bands = [(_legend(target, one["metric"]), one["values"]) for target, series in found for one in series]
    left, high = 290, min(24.0, (height - 20) / max(1, len(bands)))
    parts = []
    for row, (name, values) in enumerate(sorted(bands)):
        top = row * high
        parts.append(f'<text x="6" y="{top + high * 0.7:.1f}">{html.escape(name[:50])}</text>')
        for (at, value), following in zip(values, [*values[1:], (span[1], 0)], strict=True):
            x, until = (_x(moment, span, left, width) for moment in (at, following[0]))
            colour = _shown(float(value), panel["fieldConfig"]["defaults"])[1]
            size = f'width="{until - x + 0.4:.1f}" height="{high - 2:.1f}"'
            parts.append(f'<rect x="{x:.1f}" y="{top + 1:.1f}" {size} fill="{colour}"/>')
    return _svg(parts + _times(span, left, width, height), width, height)


def _curve(panel: dict[str, Any], found: Sequence[Any], span: tuple[float, float], width: int, height: int) -> str:
    defaults = panel["fieldConfig"]["defaults"]
    lines = [(_legend(target, one["metric"]), one["values"]) for target, series in found for one in series]
    stacked = "stacking" in defaults["custom"]
    if stacked:
        lines = _stacked(lines)
    limits = [one for one in defaults.get("thresholds", {}).get("steps", []) if one["value"] is not None]
    values = [float(value) for _, points in lines for _, value in points if value != "NaN"]
    low = min([*values, float(defaults["custom"].get("axisSoftMin", 0.0))])
    high = float(defaults.get("max", max([*values, 0.0])))
    step = _step((high - low) or 1.0)
    bottom, top = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    top = top if top > bottom else bottom + step
    left, foot = 64, height - 38

    def y(value: float) -> float:
        return foot - (value - bottom) / (top - bottom) * (foot - 6)

    fixed = {
        one["matcher"]["options"]: each["value"]["fixedColor"]
        for one in panel["fieldConfig"]["overrides"]
        for each in one["properties"]
        if each["id"] == "color"
    }
    colours = [fixed.get(name, PALETTE[number % len(PALETTE)]) for number, (name, _) in enumerate(lines)]
    parts = []
    for number in range(round((top - bottom) / step) + 1):
        value = bottom + step * number
        parts.append(f'<line x1="{left}" x2="{width - 8}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#2c2f36"/>')
        parts.append(f'<text x="4" y="{y(value) + 4:.1f}">{_number(value, defaults.get("unit", "short"))}</text>')
    for number, (_, points) in reversed(list(enumerate(lines))):
        colour = colours[number]
        path = " ".join(f"{_x(at, span, left, width):.1f},{y(float(value)):.1f}" for at, value in points)
        if stacked and points:
            path += (
                f" {_x(points[-1][0], span, left, width):.1f},{foot} {_x(points[0][0], span, left, width):.1f},{foot}"
            )
            parts.append(f'<polygon points="{path}" fill="{colour}" stroke="{colour}"/>')
        else:
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    for one in limits:
        if bottom <= one["value"] <= top:
            at = y(one["value"])
            parts.append(f'<line x1="{left}" x2="{width - 8}" y1="{at:.1f}" y2="{at:.1f}" stroke="{one["color"]}"/>')
    legend = "".join(
        f'<span><i style="background:{colours[number]}"></i>{html.escape(name)}</span>'
        for number, (name, _) in enumerate(lines[:8])
    )
    return (
        _svg(parts + _times(span, left, width, height - 20), width, height - 20) + f"<div class=legend>{legend}</div>"
    )


def _step(span: float) -> float:
    """Between two lines of a scale: at most five of them, at 1, 2 or 5 of a power of ten, as Grafana draws them."""
    power = 10.0 ** math.floor(math.log10(span / 5))
    return next(one * power for one in (1, 2, 5, 10) if one * power * 5 >= span * (1 - 1e-9))


def _ink(colour: str) -> str:
    """Black or white, by which of them can be read on it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#111" if 0.299 * red + 0.587 * green + 0.114 * blue > 150 else "#fff"


def _stacked(lines: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    below: dict[float, float] = {}
    made = []
    for name, points in lines:
        for at, value in points:
            below[at] = below.get(at, 0.0) + float(value)
        made.append((name, [(at, below[at]) for at, _ in points]))
    return made


def _x(at: float, span: tuple[float, float], left: int, width: int) -> float:
    return left + (max(at, span[0]) - span[0]) / (span[1] - span[0]) * (width - left - 8)


def _times(span: tuple[float, float], left: int, width: int, height: int) -> list[str]:
    made = []
    for number in range(6):
        at = span[0] + (span[1] - span[0]) * number / 5.4
        clock = dt.datetime.fromtimestamp(at, dt.UTC).strftime("%H:%M:%S")
        made.append(f'<text x="{_x(at, span, left, width):.1f}" y="{height - 4}">{clock}</text>')
    return made


def _svg(parts: Sequence[str], width: int, height: int) -> str:
    return f'<svg width="{width}" height="{height}" style="display:block">{"".join(parts)}</svg>'


def _legend(target: dict[str, Any], labels: dict[str, str]) -> str:
    form = target["legendFormat"]
    if form == "__auto":
        return ", ".join(f"{name} {text}" for name, text in sorted(labels.items()) if name != "__name__")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), form).strip()


def _shown(value: float, field: dict[str, Any]) -> tuple[str, str]:
    """Text and colour: by what the value means, else by the limits."""
    for mapping in field.get("mappings", []):
        one = mapping["options"].get(json.dumps(int(value)))
        if one:
            return one["text"], one["color"]
    colour = "#3274d9"
    for step in field.get("thresholds", {}).get("steps", []):
        if step["value"] is None or value >= step["value"]:
            colour = step["color"]
    return _number(value, field.get("unit", "short")), colour


def _number(value: float, unit: str) -> str:
    if unit == "dateTimeAsIso":
        return dt.datetime.fromtimestamp(value / 1000, dt.UTC).strftime("%H:%M:%S")
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "bytes":
        return f"{value / 2**20:.3g} MiB"
    if unit == "s" and abs(value) >= 100:
        return f"{value / 60:.3g} min"
    if unit == "s" and 0 < abs(value) < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.6g}" + {"s": " s", "m": " min"}.get(unit, "")


_KINDS = {"stat": _stat, "table": _table, "state-timeline": _timeline, "timeseries": _curve}
