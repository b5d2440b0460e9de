"""Makes the reference pages in docs/ from the product itself: commands, configuration, faults and metrics.

`python scripts/reference.py [FOLDER]` writes them, to docs/ unless told otherwise; a test keeps them equal. Refuses
prose: it copies help texts, docstrings, catalogue entries and the metrics page's own help.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import json
import re
import sys
import textwrap
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
MADE = "<!-- Made by scripts/reference.py; change the source it names and run it again. -->"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def commands() -> str:
    """Every command of monitor.cli.COMMANDS with its own --help, and those below it."""
    from monitor.cli import COMMANDS, main

    parts = [MADE, "# Commands", "From the help texts in `monitor/commands/`."]

    def add(command: click.Command, words: list[str]) -> None:
        # The names of main's own context: click keeps a command's help option from the first context that asked for it.
        context = click.Context(
            command,
            info_name=" ".join(words),
            terminal_width=100,
            max_content_width=100,
            help_option_names=["-h", "--help"],
        )
        parts.append(f"## {' '.join(words)}\n\n```text\n{command.get_help(context).rstrip()}\n```")
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                if found is not None:
                    add(found, [*words, name])

    for name in COMMANDS:
        found = main.get_command(click.Context(main), name)
        assert found is not None
        add(found, ["roomwatch", name])
    return "\n\n".join(parts) + "\n"


def faults() -> str:
    """Every code of the catalogue with its English and Chinese title."""
    from alerting.model.catalogue import KINDS
    from alerting.words import load_words

    english, chinese = load_words("en"), load_words("zh-CN")
    rows = [
        (
            f"`{kind.code}`",
            _title(english, kind.code),
            _title(chinese, kind.code),
            kind.fault_class.value,
            f"`{kind.check}`" if kind.check else "people, or the monitor itself",
            ", ".join(f"`{one}`" for one in kind.depends_on),
            f"{kind.patience:g} s",
            kind.weight.word,
        )
        for kind in KINDS.values()
    ]
    head = ("code", "title", "标题", "class", "found by", "symptom while failing", "patience", "in a meeting")
    about = (
        "From `alerting/model/catalogue/` and `config/messages/`. "
        "Severity falls by the plan's rules when no meeting runs."
    )
    return "\n\n".join([MADE, "# Faults", about, table(head, rows)]) + "\n"


def _title(words: Any, code: str) -> str:
    return str(words.text(f"fault.{code}.title", target="…", room="…")).strip()


def configuration() -> str:
    """Every key with its default and limits, as msgspec knows them, and with what it means (scripts/keys.toml)."""
    from monitor.settings import Settings, probe_modules
    from probes import PROBES

    parts = [
        MADE,
        "# Configuration",
        "Keys of `roomwatch.toml`: default, meaning, and what raising and lowering a number does. "
        "`roomwatch check` prints what is in force, and why. By symptom: [tuning.md](tuning.md).",
    ]
    parts += [_keys("The daemon", Settings, ""), _schedules()]
    parts += [
        _keys(f"Probe {name}", module.Settings, f"probes.{name}.")
        for name, module in probe_modules(list(PROBES)).items()
        if not PROBES[name].own_table
    ]
    return "\n\n".join(parts) + "\n"


def _keys(title: str, struct: type[msgspec.Struct], prefix: str) -> str:
    doc = (struct.__doc__ or "").strip().splitlines()
    about = doc[0] if doc and not doc[0].startswith("[") else ""
    head = ("key", "default", "what it means", "raised", "lowered")
    return "\n\n".join(part for part in (f"## {title}", about, table(head, _rows(struct, prefix))) if part)


def _rows(struct: type[msgspec.Struct], prefix: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    info = msgspec.inspect.type_info(struct)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        if isinstance(field.type, msgspec.inspect.StructType):
            rows += _rows(field.type.cls, f"{prefix}{field.encode_name}.")
            continue
        if isinstance(field.type, msgspec.inspect.DictType) and isinstance(
            field.type.value_type, msgspec.inspect.StructType
        ):
            shipped = field.default_factory() if callable(field.default_factory) else {}
            below = _rows(field.type.value_type.cls, f"{prefix}{field.encode_name}.<id>.")
            # Where the table is shipped filled, a table of its own has what stands in each.
            rows += (
                [(name.replace("<id>", "<probe>"), "below", *said) for name, _, *said in below] if shipped else below
            )
            continue
        key = f"{prefix}{field.encode_name}"
        rows.append((f"`{key}`", _default(field), *_said(key, struct, field)))
    return rows


def _schedules() -> str:
    """What stands in [schedule.<probe>] for each probe."""
    from monitor.settings.model import ProbeSchedule, usual_schedules

    names = ProbeSchedule.__struct_fields__
    rows = [
        (f"`schedule.{probe}`", *(_value(getattr(usual, name)) for name in names))
        for probe, usual in usual_schedules().items()
    ]
    return f"### The schedules as shipped\n\n{table(('table', *(f'`{name}`' for name in names)), rows)}"


@functools.cache
def _written() -> dict[str, dict[str, Any]]:
    return tomllib.loads((ROOT / "scripts" / "keys.toml").read_text(encoding="utf-8"))


def _said(key: str, struct: type[msgspec.Struct], field: Any) -> tuple[str, str, str]:
    """What the key means, and what raising and lowering it does; with the values that it takes."""
    place, _, name = (key if key.startswith("probes.") else f"daemon.{key}").rpartition(".")
    general = re.sub(r"^probes\.[a-z]+\.session$", "probes.*.session", place.replace("<id>", "*"))
    found = _written().get(general, {}).get(name) or _remark(struct, name)
    meaning, higher, lower = (found, "", "") if isinstance(found, str) else found
    kind = _type(field.type)
    taken = kind.partition(" ")[2] if kind.startswith(("int", "float")) else kind if '" or "' in kind else ""
    return f"{meaning} {f'({taken})' if taken else ''}".strip(), higher, lower


EFFECTS = re.compile(r"\s*Higher: (.*?); lower: (.*?)\.$")
FOR_DEVELOPERS = re.compile(r",? see \w+\.\w+| \(see \w+\.\w+\)")


def _remark(struct: type[msgspec.Struct], name: str) -> tuple[str, str, str]:
    """The comment at the field: above it, or below it in a class that begins with a field and no comment."""
    source = textwrap.dedent(inspect.getsource(struct))
    lines = [line.strip() for line in source.splitlines()]
    (tree,) = ast.parse(source).body
    assert isinstance(tree, ast.ClassDef)
    fields = {
        one.target.id: one for one in tree.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    above = lines[next(iter(fields.values())).lineno - 2].startswith("#")
    there = fields[name]
    beside = reversed(lines[: there.lineno - 1]) if above else iter(lines[there.end_lineno :])
    found = list(itertools.takewhile(lambda line: line.startswith("#"), beside))
    text = " ".join(line.removeprefix("#").strip() for line in (reversed(found) if above else found))
    text = FOR_DEVELOPERS.sub("", text)
    effects = EFFECTS.search(text)
    return (EFFECTS.sub("", text), effects[1], effects[2]) if effects else (text, "", "")


def _type(kind: Any) -> str:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _type(kind.type)
    name = type(kind).__name__.removesuffix("Type").lower()
    if isinstance(kind, msgspec.inspect.LiteralType):
        return " or ".join(json.dumps(value) for value in kind.values)
    if isinstance(kind, msgspec.inspect.UnionType):
        return " or ".join(_type(one) for one in kind.types)
    if name in ("vartuple", "list"):
        return f"list of {_type(kind.item_type)}"
    if name == "dict":
        return f"table of {_type(kind.value_type)}"
    limits = [
        f"{sign} {value:g}"
        for attribute, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if (value := getattr(kind, attribute, None)) is not None
    ]
    return " ".join([name, ", ".join(limits)]).strip()


def _default(field: Any) -> str:
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else msgspec.NODEFAULT
    if value is msgspec.NODEFAULT:
        return "must be written"
    return _value(value)


def _value(value: Any) -> str:
    return f"`{json.dumps(msgspec.to_builtins(value), ensure_ascii=False)}`"


def metrics() -> str:
    """Every family of the page of a room that has run nothing yet, and how readings are named."""
    from prometheus_client.core import Metric

    from alerting.model.room import Room
    from alerting.service.state_figures import AlertingFigures
    from monitor.pipeline.snapshot import Snapshot
    from monitor.web.metrics.collector import RoomCollector
    from monitor.web.metrics.readings_by_importance import EXPORTED

    collector = RoomCollector(Snapshot("room", "0", 0.0, "act"), Room(), AlertingFigures())
    families: list[Metric] = list(collector.collect())
    rows = []
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = getattr(family, "_labelnames", ())
        if name.startswith("process_"):
            continue
        rows.append((f"`{name}`", family.type, ", ".join(labels), family.documentation))
    rows.append(("`roomwatch_wall_port_info`", "gauge", "interface, switch, port, vlan", WALL_PORT))
    measured: dict[str, tuple[str, ...]] = {}
    for one in EXPORTED.values():
        labels = ", ".join(("target", *one.labels))
        measured[one.name] = (f"`roomwatch_{one.name}`", "gauge", labels, one.text)
    head = ("metric", "type", "labels", "meaning")
    return "\n\n".join([MADE, METRICS, table(head, rows), MEASURED, table(head, list(measured.values()))]) + "\n"


METRICS = """# Metrics

From `monitor/web/metrics/` and `alerting/service/metrics.py`. The page is asked for as `/metrics`: in Prometheus' text
format or in OpenMetrics, packed by gzip where the scraper takes that. It has at most 250 series;
`roomwatch_series_left_out` counts what is missing, and the counts over all checks are always complete.
`[metrics] series = "reduced"` leaves at most 100 ([how](fleet.md)).

The series name no room and no site: these labels come from the scrape job (`config/prometheus/`), and
`roomwatch_room_info` says what the room believes itself to be. No value is ever NaN. Times are Unix seconds, 0 for
never. A state set (`state`, `reason`) has a series for each state, of which one is 1. Beside these there are the
usual `process_*` of Prometheus' clients."""
WALL_PORT = "The switch port that the room's cable ends in, by LLDP or CDP; absent while it is not known."
MEASURED = """## What probes measure

Each where the room measures it, in this order where the page is full. Everything else that a probe reads stands in
`/api/status`."""


def pages() -> dict[str, str]:
    """File name in docs/ → text."""
    return {
        "commands.md": commands(),
        "configuration.md": configuration(),
        "faults.md": faults(),
        "metrics.md": metrics(),
    }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    for name, text in pages().items():
        (folder / name).write_text(text)
