"""Writes families as Prometheus' text, faster than its client does: a thousand rooms are one process here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client.core import Metric
from prometheus_client.samples import Sample

_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class SeriesText:
    """Remembers how each series is written. beside: labels of all of them."""

    def __init__(self, beside: Mapping[str, str] | None = None) -> None:
        self._beside = dict(beside or {})
        self._known: dict[tuple[str, ...], str] = {}

    def page(self, families: Iterable[Metric]) -> bytes:
        """Text format 0.0.4."""
        lines: list[str] = []
        for family in families:
            name = f"{family.name}_total" if family.type == "counter" else family.name
            lines += [f"# HELP {name} {family.documentation}", f"# TYPE {name} {family.type}"]
            lines += [f"{self.series(one)} {one.value!r}" for one in family.samples]
        return ("\n".join(lines) + "\n").encode()

    def named(self, name: str) -> str:
        """A series that has no labels of its own."""
        return self.series(Sample(name, {}, 0.0))

    def series(self, sample: Sample) -> str:
        """Name and labels."""
        key = (sample.name, *sample.labels.values())
        written = self._known.get(key)
        if written is None:
            labels = {**self._beside, **sample.labels}
            inner = ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items())
            written = self._known[key] = f"{sample.name}{{{inner}}}" if inner else sample.name
        return written
