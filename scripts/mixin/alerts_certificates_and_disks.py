"""Alerts of what runs out: certificates that end, disks that fill up."""

from __future__ import annotations

from scripts.mixin.rule import Alert, Group, Recording, of_room, remembered

EXPIRY = "site_target:roomwatch_certificate_expiry:timestamp"


def certificate(name: str, severity: str, days: str, more: str) -> Alert:
    ends = f"{EXPIRY} - time() < <<{days}>> * 86400{more}"
    return Alert(
        name, severity, ends,
        "{{ $labels.SITE }}: certificate of {{ $labels.target }} ends in {{ $value | humanizeDuration }}",
        "{{ $labels.SITE }}：{{ $labels.target }} 的证书将在 {{ $value | humanizeDuration }} 后到期",
        "The certificate of a service that the rooms need ends soon, as rooms of this site saw it.",
        "Renew it; the service's owner knows how.", ends, kind="fleet", wait="10m", dashboard="roomwatch-fleet",
    )  # fmt: skip


CERTIFICATES_AND_DISKS = (
    # A site that is switched off for the night renews no certificate.
    Recording(EXPIRY, f"""min by (SITE, target) (roomwatch_certificate_expiry_timestamp_seconds > 0)
or
({EXPIRY} unless on (SITE) up{{SELECTOR}} == 1)"""),
    # An hour of readings: a morning's updates, seen for minutes, would fill any disk within a day.
    remembered("disk_filling", """min by (SITE, ROOM) (roomwatch_disk_free_ratio) < <<disk_free_ratio>>
  or on (SITE, ROOM)
  min by (SITE, ROOM) (
    roomwatch_disk_free_ratio < 0.2
    and on (SITE, ROOM, target, instance) predict_linear(roomwatch_disk_free_bytes[6h], 86400) < 0
    and on (SITE, ROOM, target, instance) roomwatch_disk_free_bytes offset 1h
  )"""),
    certificate("CertificateEnding", "notice", "certificate_days",
                f" and {EXPIRY} - time() >= <<certificate_days_critical>> * 86400"),
    certificate("CertificateEndsNow", "critical", "certificate_days_critical", ""),
    of_room(
        "DiskFilling", "warning",
        "site_room:roomwatch_disk_filling:kept",
        ("a disk fills up, {{ $value | humanizePercentage }} free",
         "磁盘即将写满，剩余 {{ $value | humanizePercentage }}"),
        ("A file system is nearly full, or will be within a day at the rate of the last six hours.",
         "`du -xh / | sort -h | tail` in the room: recordings, logs and updates are the usual causes.",
         "roomwatch_disk_free_ratio < 0.2"),
        kind="monitor", wait="15m"),
)  # fmt: skip


def groups() -> list[Group]:
    # Less than the five minutes for which Prometheus finds what was recorded last.
    return [Group("roomwatch-certificates-and-disks", CERTIFICATES_AND_DISKS, interval="4m")]
