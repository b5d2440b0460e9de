"""What each library costs a fresh process that imports it: CPU of the whole process and its PSS. About 20 seconds.

Median of --trials; the row "python" is the bare interpreter. Needs no root and starts nothing that stays.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

from bench.room import line

LIBRARIES = {
    "aiohttp": "import aiohttp.web",
    "click": "import click",
    "msgspec": "import msgspec",
    "prometheus-client": "import prometheus_client",
    "psutil": "import psutil",
    "tzdata": "import zoneinfo; zoneinfo.TZPATH = (); zoneinfo.ZoneInfo('Asia/Shanghai')",
    "apprise": "import apprise; apprise.Apprise.instantiate('json://localhost')",
    "bcrypt": "import bcrypt",
    "cryptography": "import cryptography.hazmat.primitives.ciphers",
    "defusedxml": "import defusedxml.ElementTree",
    "dnspython": "import dns.asyncresolver",
    "h11": "import h11",
    "httpx": "import sys; sys.modules['httpx._main'] = None; import httpx",
    "paho-mqtt": "import paho.mqtt.client",
    "pypac": "import pypac.parser; pypac.parser.PACFile('function FindProxyForURL(url, host) { return 1; }')",
    "scapy": "import scapy.contrib.lldp, scapy.contrib.cdp, scapy.layers.dhcp, scapy.layers.inet",
    "numpy": "import numpy",
    "opencv-python-headless": "import cv2",
    "sounddevice (with numpy)": "import numpy, sounddevice",
    "chinesecalendar": "import chinese_calendar",
    "holidays": "import holidays; holidays.country_holidays('DE', years=2026)",
    "icalendar": "import icalendar",
    "recurring-ical-events": "import recurring_ical_events",
    "jinja2": "import jinja2",
    "openpyxl": "import openpyxl",
    "python-docx": "import docx",
    "pyyaml": "import yaml",
    "segno": "import segno",
    "weasyprint": "import weasyprint",
}
"""The direct dependencies, each imported as this product does."""

PROGRAM = """
import resource, sys
exec(sys.argv[1])
pss = next(int(one.split()[1]) for one in open("/proc/self/smaps_rollup") if one.startswith("Pss:"))
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, pss)
"""


def once(imported: str) -> tuple[float, float]:
    """(CPU seconds, PSS in KiB) of one fresh process."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, imported], capture_output=True, text=True, check=True)
    cpu, pss = done.stdout.split()
    return float(cpu), float(pss)


def measure(trials: int) -> None:
    for library, imported in {"python": "pass", **LIBRARIES}.items():
        runs = [once(imported) for _ in range(trials + 1)][1:]  # the first one may have to compile
        line("imports", library, "cpu_ms", statistics.median(cpu for cpu, _ in runs) * 1000, "ms", trials=trials)
        line("imports", library, "pss_mib", statistics.median(pss for _, pss in runs) / 1024, "MiB", trials=trials)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=3)
    measure(parser.parse_args().trials)
