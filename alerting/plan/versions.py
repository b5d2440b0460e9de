"""Versions of the plan (修订记录, 签发): who drew it up, reviewed and signed it, and what was changed."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signature under a version of the plan (拟稿, 审核, 签发)."""

    step: Literal["draft", "review", "signed"]
    by: str
    on: dt.date
    version: str


class Revision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the revision history (修订记录)."""

    version: str
    on: dt.date
    by: str = ""
    what: str = ""
