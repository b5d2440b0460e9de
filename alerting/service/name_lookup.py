"""Whom a typed name means. A near miss is asked about, an unknown name is refused with the list; neither is taken."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping

from alerting.engine.commands import Refused
from alerting.model.room import Room
from alerting.plan.contract import ResponsePlan
from alerting.plan.running_plan import RunningPlan

CLOSE, CLOSE_SHORT = 0.7, 0.5
"""Likeness (difflib's ratio) from which a name is suggested: one letter of four is another; of a name in Chinese, one
sign of two."""
SUGGESTIONS = 3
LISTED = 40
"""Names of a list that a refusal shows: more fill the terminal; a plan has some ten people."""


def find_contact(name: str, plan: ResponsePlan) -> str | None:
    """The id of the contact with that id or name, in whatever case and width; None for nobody. Raises Refused where
    several have the name."""
    return _find(name, {key: one.name for key, one in plan.data.contacts.items() if not one.left})


def find_audience(name: str, plan: RunningPlan) -> str:
    """The id of the group or contact with that id or name. Raises Refused."""
    groups = {key: one.name for key, one in plan.data.groups.items()}
    found = _find(name, groups) or find_contact(name, plan)
    if found is None:
        raise unknown_name(name, plan, groups)
    return found


def find_room(name: str, rooms: Mapping[str, Room]) -> str:
    """The id of the room with that id or name; what no room of ours is called stays as it is: people report of rooms
    without a monitor, too."""
    return _find(name, {key: one.name for key, one in rooms.items() if one.name}) or name


def unknown_name(name: str, plan: ResponsePlan, others: Mapping[str, str] | None = None) -> Refused:
    """The refusal of a name that nobody has. others: id → name of what could be meant beside contacts."""
    there = {**(others or {}), **{key: one.name for key, one in plan.data.contacts.items() if not one.left}}
    if not there:
        return Refused("plan_names_nobody")
    if near := tuple(_shown(key, there[key]) for key in _near(name, there)):
        return Refused("did_you_mean", given=name, near=near)
    return Refused("unknown_name", given=name, known=listed(there))


def suggested(name: str, plan: RunningPlan) -> tuple[str, ...]:
    """Contacts that a name which is none of theirs may have meant."""
    there = {key: one.name for key, one in plan.data.contacts.items() if not one.left}
    return tuple(_shown(key, there[key]) for key in _near(name, there))


def listed(names: Mapping[str, str]) -> tuple[str, ...]:
    shown = [_shown(key, name) for key, name in names.items()]
    return (*shown[:LISTED], *(["…"] if len(shown) > LISTED else []))


def contacts_listed(plan: RunningPlan) -> tuple[str, ...]:
    """All who may be named, each with the id to type."""
    return listed({key: one.name for key, one in plan.data.contacts.items() if not one.left})


def _find(name: str, names: Mapping[str, str]) -> str | None:
    if name in names:
        return name
    wanted = _plain(name)
    by_id = [key for key in names if _plain(key) == wanted]
    found = by_id or [key for key, called in names.items() if _plain(called) == wanted]
    if len(found) > 1:
        raise Refused("several_called", given=name, known=tuple(found))
    return found[0] if found else None


def _near(name: str, names: Mapping[str, str]) -> list[str]:
    """Ids, the most alike first."""
    wanted = _plain(name)
    cutoff = CLOSE if wanted.isascii() else CLOSE_SHORT
    forms = [(key, form) for key, called in names.items() for form in (_plain(key), _plain(called)) if form]
    like = difflib.get_close_matches(wanted, _once(form for _, form in forms), n=SUGGESTIONS, cutoff=cutoff)
    return _once(key for near in like for key, form in forms if form == near)[:SUGGESTIONS]


def _once(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _plain(name: str) -> str:
    """In one width and case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _shown(key: str, name: str) -> str:
    return f"{name} ({key})" if name and name != key else key
