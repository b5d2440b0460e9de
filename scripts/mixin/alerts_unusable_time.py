"""Alerts of the budget of unusable time: how fast a site uses it up, by two windows each."""

from __future__ import annotations

from scripts.mixin.rule import Alert, Group

HALF_AN_HOUR = "site:roomwatch_unavailable:ratio offset 30m"
"""Of working time: in its first minutes the mean of an hour is that of the same minutes."""
TOLD = '(max_over_time(ALERTS{alertname=~"(Switch|Floor|Site)Silent", alertstate="firing"}[15m]))'
"""A site whose switch is silent, or was within the short window and its margin."""


def burn(name: str, severity: str, factor: float, long: str, short: str, wait: str, told: str = "") -> Alert:
    """told: what has an alert of its own and makes this one no news."""
    limit = f"{factor} * <<error_budget>>"
    return Alert(
        name, severity,
        f"""site:roomwatch_unavailable:ratio_{long} > {limit}
and
site:roomwatch_unavailable:ratio_{short} > {limit}
and on (SITE)
sum by (SITE) (site_floor:roomwatch_rooms:count{{code=~"2|3|4"}}) >= <<many_rooms>>"""
        + f"\nand on (SITE)\n{HALF_AN_HOUR}"
        + (f"\nunless on (SITE)\n{told}" if told else ""),
        "{{ $labels.SITE }}: {{ $value | humanizePercentage }} of the rooms were unusable in the last " + long,
        "{{ $labels.SITE }}：最近 " + long + " 内有 {{ $value | humanizePercentage }} 的会议室不可用",
        f"The site uses up its budget of unusable time {factor:g} times faster than it may.",
        "Look at what breaks most there; single rooms have alerts of their own.",
        f"site:roomwatch_unavailable:ratio_{long}", kind="fleet", wait=wait, dashboard="roomwatch-fleet",
    )  # fmt: skip


AVAILABILITY = (
    burn("AvailabilityBurnsFast", "warning", 14.4, "1h", "5m", "2m", TOLD),
    burn("AvailabilityBurns", "notice", 6.0, "6h", "30m", "15m"),
    burn("AvailabilityBurnsSlowly", "notice", 1.0, "3d", "6h", "1h"),
)  # fmt: skip


def groups() -> list[Group]:
    return [Group("roomwatch-unusable-time", AVAILABILITY, interval="5m")]
