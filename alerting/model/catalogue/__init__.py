"""Every fault code the product knows, in one mapping made of one literal table a class."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.model.catalogue import device, external, host, network, product, software
from alerting.model.fault import FaultClass, FaultKind

KINDS: Mapping[str, FaultKind] = {
    kind.code: kind for table in (network, software, device, host, external, product) for kind in table.KINDS
}
NETWORK_CODES = frozenset(code for code, kind in KINDS.items() if kind.fault_class is FaultClass.NETWORK)
