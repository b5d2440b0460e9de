"""Checks and readings as people read them: names from the catalogue, numbers in the unit that fits. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.words import Words

YES_OR_NO = frozenset(
    {"muted", "in_use", "present", "pending", "link_up", "portal_clear", "on_mains", "update_pending"}
)
"""Readings that are 1 or 0 for yes or no."""
WORST: Mapping[str, int] = {"failed": 0, "degraded": 1, "suspected": 2, "unproven": 3, "unknown": 4, "ok": 5}
"""A check's state → its place in a list: the worst first."""
SHOWN = 4
"""Readings of one check that fit beside each other; metrics and --json have all of them."""


def check_name(check: str, words: Words, state: str = "") -> str:
    """The check's name; its identifier where the catalogue has none. state: where it is "ok", a check that is named
    after what is wrong ("Reboot pending") is named after what is well."""
    if state == "ok" and words.has(f"check_ok.{check}"):
        return words.text(f"check_ok.{check}")
    return words.text(f"check.{check}") if words.has(f"check.{check}") else check


def value_name(name: str, words: Words) -> str:
    """A reading's name; its identifier with spaces where the catalogue has none."""
    return words.text(f"value.{name}") if words.has(f"value.{name}") else name.replace("_", " ")


def value_text(name: str, value: float, words: Words) -> str:
    """A number with its unit, which the end of its name tells ("_seconds", "_bytes", "_ratio", "_dbfs" …)."""
    if name in YES_OR_NO:
        return words.text("value.unit.yes" if value else "value.unit.no")
    unit = name.rpartition("_")[2]
    if unit == "seconds":
        return _seconds(value, words)
    if unit in ("ratio", "share"):
        return f"{value * 100:.3g} %"
    if unit == "bytes":
        return _scaled(value, 1024, ("B", "KiB", "MiB", "GiB", "TiB"))
    if name.endswith("bits_per_second"):
        return _scaled(value, 1000, ("bit/s", "kbit/s", "Mbit/s", "Gbit/s"))
    suffix = {"dbfs": " dBFS", "dbm": " dBm", "db": " dB", "celsius": " °C", "hertz": " Hz"}.get(unit, "")
    return f"{value:.4g}{suffix}" if not suffix else f"{value:.1f}{suffix}"


def readings(values: Mapping[str, float], words: Words) -> list[tuple[str, str]]:
    """The first few (name, number with unit) of a check."""
    return [(value_name(name, words), value_text(name, value, words)) for name, value in list(values.items())[:SHOWN]]


def _scaled(value: float, step: int, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if abs(value) < step:
            return f"{value:.3g} {unit}"
        value /= step
    return f"{value:.3g} {units[-1]}"


def _seconds(value: float, words: Words) -> str:
    size = abs(value)
    if size < 1:
        return f"{value * 1000:.3g} ms"
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if size >= 2 * length:
            return words.text(f"value.unit.{unit}", count=f"{value / length:.0f}")
    return words.text("value.unit.seconds", count=f"{value:.3g}")
