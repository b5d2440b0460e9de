"""Writes the page in the format and the encoding that the scraper asks for; prometheus_client chooses them.

The text is what prometheus_client writes, letter for letter (a test holds them together), for a third of its time: the
names here need no escaping, and a series keeps its labels from one scrape to the next.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder, gzip_accepted
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

GZIP_LEVEL = 5
"""Level 9 makes the page 2 % smaller and costs a third more time."""
MOST_KEPT = 2000
"""Series whose labels are kept written: eight pages."""

_written: dict[tuple[str, ...], str] = {}


def render(collector: Collector, accept: str = "", encodings: str = "") -> tuple[bytes, Mapping[str, str]]:
    """(body, headers). accept, encodings: the request's Accept and Accept-Encoding, "" where it has none."""
    _, content_type = choose_encoder(accept)
    body = write(collector.collect(), openmetrics=content_type.startswith("application/openmetrics-text"))
    headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
    if gzip_accepted(encodings):
        packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        body = packer.compress(body) + packer.flush()
        headers["Content-Encoding"] = "gzip"
    return body, headers


def write(families: Iterable[Metric], *, openmetrics: bool) -> bytes:
    """Gauges, counters and histograms. openmetrics: else Prometheus' text format 0.0.4."""
    if len(_written) > MOST_KEPT:
        _written.clear()
    lines = []
    for family in families:
        name, text = family.name, family.documentation.replace("\\", r"\\").replace("\n", r"\n")
        if openmetrics:
            text = text.replace('"', r"\"")
        elif family.type == "counter":
            name += "_total"
        lines.append(f"# HELP {name} {text}\n# TYPE {name} {family.type}\n")
        for sample in family.samples:
            key = (sample.name, *sample.labels, *sample.labels.values())
            start = _written.get(key)
            if start is None:
                start = _written[key] = sample.name + _labels(sample.labels)
            lines.append(f"{start} {_number(sample.value)}\n")
    if openmetrics:
        lines.append("# EOF\n")
    return "".join(lines).encode()


def _number(value: float) -> str:
    return str(floatToGoString(value))  # type: ignore[no-untyped-call]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    escaped = (
        (name, value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")) for name, value in labels.items()
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in sorted(escaped)) + "}"
