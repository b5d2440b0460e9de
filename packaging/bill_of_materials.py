"""Prints the CycloneDX bill of materials of the environment that it runs in: each library, its licence, its wheels.

    python packaging/bill_of_materials.py --lock requirements.lock

SOURCE_DATE_EPOCH gives its time, so that the same source has the same bill.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import uuid
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from monitor.version import VERSION

SPDX = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
}
"""Trove classifiers of libraries that do not name their licence by SPDX yet."""


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--lock", type=Path, required=True)
    hashes = locked(arguments.parse_args().lock.read_text())
    at = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    libraries = [one for one in metadata.distributions(path=sys.path) if plain(one.name) != "roomwatch"]
    components = [component(one, hashes) for one in sorted(libraries, key=lambda one: plain(one.name))]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components, sort_keys=True))}",
        "version": 1,
        "metadata": {
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": "roomwatch",
                "name": "roomwatch",
                "version": VERSION,
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": "roomwatch", "dependsOn": [one["bom-ref"] for one in components]}],
    }
    json.dump(bill, sys.stdout, indent=1, sort_keys=True)
    print()


def component(library: metadata.Distribution, hashes: dict[str, list[str]]) -> dict[str, Any]:
    name = plain(library.name)
    address = f"pkg:pypi/{name}@{library.version}"
    return {
        "type": "library",
        "bom-ref": address,
        "purl": address,
        "name": name,
        "version": library.version,
        "licenses": [licence(library)],
        # The lock names every wheel of a version; which of them was taken, the Python decides.
        "properties": [{"name": "roomwatch:locked-sha256", "value": one} for one in hashes[name]],
    }


def licence(library: metadata.Distribution) -> dict[str, Any]:
    """Its SPDX expression where it gives one, else what its classifier or its own words say."""
    data = library.metadata
    if expression := data.get("License-Expression"):
        return {"expression": expression}
    for classifier in data.get_all("Classifier") or ():
        if known := SPDX.get(classifier.rpartition(" :: ")[2]):
            return {"license": {"id": known}}
    return {"license": {"name": (data.get("License") or "see its licence file").splitlines()[0][:80]}}


def locked(text: str) -> dict[str, list[str]]:
    """The hashes of each name."""
    entries = re.findall(r"^([a-z0-9][^=\[\s]*)(?:\[[^\]]*\])?==.*\n((?:[ ].*\n)*)", text, re.MULTILINE)
    return {name: re.findall(r"sha256:([0-9a-f]{64})", lines) for name, lines in entries}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
