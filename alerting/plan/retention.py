"""How long people's data is kept (个人信息保存期限)."""

from __future__ import annotations

import msgspec

from alerting.plan.value_types import Days


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long people's data is kept before it is anonymised, in days."""

    contacts_days: Days = 180
    reporters_days: Days = 180
