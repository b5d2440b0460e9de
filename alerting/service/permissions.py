"""What an actor may do and in whose name, decided here alone. Pure: (actor, verb, whose name, plan, rules) → actor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from alerting.engine.commands import Refused
from alerting.model.actor import Actor, ActorKind
from alerting.plan.report_rules import ReportRules
from alerting.plan.running_plan import RunningPlan
from alerting.service.name_lookup import contacts_listed, find_contact, unknown_name
from alerting.workflows.report_approval import everybody

FOR_CALLERS = frozenset({"report", "declare", "feedback", "meeting_feedback"})
"""Verbs by which a person who is no contact may be heard: who calls, who sat in the meeting."""

BY_LOGIN = frozenset(
    {
        "note",
        "drill",
        "drill_stop",
        "drills",
        "inspection_done",
        "inspections",
        "roster_confirm",
        "spares",
        "spare_return",
        "spare_checked",
        "backups",
        "backup_test",
        "backup_tested",
        "people_export",
        "people_delete",
        "report",
        "declare",
        "feedback",
        "meeting_feedback",
        "token_make",
        "token_revoke",
        "tokens",
    }
)
"""Verbs for which it is enough to know who typed it. Behind every other stands a person who can be called back."""

TRUSTED_ALONE = frozenset({"people_export", "people_delete", "token_make", "token_revoke", "tokens"})
"""Verbs of those who may speak for anybody: they read, or remove, what is kept of others, and let programs in."""

IncidentVerb = Literal[
    "take",
    "confirm",
    "note",
    "done",
    "class",
    "severity",
    "assign",
    "accept",
    "decline",
    "order",
    "remedy_start",
    "remedy_approve",
    "remedy_refuse",
    "backup_start",
    "backup_failed",
    "mitigate",
    "resolve",
]
"""Verbs of the incident's own page and of the API. Closing and reports need somebody at a desk."""

ON_INCIDENT: frozenset[str] = frozenset(get_args(IncidentVerb))

ON_DUTY = frozenset(
    {
        "duty_ask",
        "duty_agree",
        "duty_withdraw",
        "spares",
        "spare_take",
        "spare_return",
        "spare_checked",
        "inspections",
        "inspection_done",
    }
)
"""Verbs of duty and stock, which a program may enter in the name of its token's contact."""

AFAR: Mapping[ActorKind, frozenset[str]] = {
    ActorKind.LINK: ON_INCIDENT,
    ActorKind.MAIL: frozenset({"take", "confirm"}),
    ActorKind.TOPIC: frozenset({"take", "confirm"}),
    ActorKind.TOKEN: ON_INCIDENT | ON_DUTY | {"tokens", "token_revoke"},
    ActorKind.PARTICIPANT: frozenset({"report", "feedback", "meeting_feedback"}),
}
"""All that these may do. A link, a mail and a topic are a contact's own; a participant says who they are. What scopes a
token has is looked at where it comes in."""


def _writers(rules: ReportRules) -> tuple[str, ...]:
    return (rules.owner, *rules.reviewers, *rules.signers)


REPORT_ROLES: Mapping[str, tuple[str, Callable[[ReportRules], tuple[str, ...]]]] = {
    "report_edit": ("edit_report", _writers),
    "report_submit": ("submit_report", lambda rules: (rules.owner, *rules.signers)),
    "report_approve": ("review_report", lambda rules: rules.reviewers),
    "report_return": ("return_report", lambda rules: (*rules.reviewers, *rules.signers)),
    "report_sign": ("sign_report", lambda rules: rules.signers),
    "improvement_add": ("change_improvements", _writers),
    "improvement_close": ("change_improvements", _writers),
}
"""Verb → its words under ``word.action``, and the groups and contacts of the plan's [report] that may take the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRules:
    """for_anybody: logins, and groups of this machine as "@group", that may speak for anybody. for_callers: groups of
    the plan whose members may enter what callers report."""

    for_anybody: tuple[str, ...] = ("root", "@roomwatch")
    for_callers: tuple[str, ...] = ("office",)


def permitted(actor: Actor, verb: str, in_name_of: str, plan: RunningPlan, rules: CommandRules) -> Actor:
    """The actor with the person in whose name it counts. in_name_of: as it was typed, "" for nobody else. Raises
    Refused with what to do instead."""
    if actor.kind is ActorKind.MACHINE:
        return actor
    if verb not in AFAR.get(actor.kind, (verb,)):
        raise Refused("not_this_way", given=verb)
    if actor.kind in AFAR:
        return actor
    if verb in TRUSTED_ALONE and not _trusted(actor, rules):
        raise Refused("not_trusted", given=actor.name, known=rules.for_anybody)
    acting = actor.in_the_name_of(_person(actor, verb, in_name_of, plan, rules))
    _may_report(acting, verb, plan)
    return acting


def own_contact(actor: Actor, plan: RunningPlan) -> str:
    """The contact whom a login or a signed-in contact is; "" for none. Only exact names: a login is no guess."""
    here = {key: one for key, one in plan.data.contacts.items() if not one.left}
    if actor.kind is ActorKind.CONTACT:
        return actor.name if actor.name in here else ""
    by_login = (key for key, one in here.items() if one.login == actor.name)
    return next(by_login, actor.name if actor.name in here and not here[actor.name].login else "")


def _trusted(actor: Actor, rules: CommandRules) -> bool:
    known = {actor.name, *(f"@{group}" for group in actor.groups)}
    return actor.kind is ActorKind.LOGIN and not known.isdisjoint(rules.for_anybody)


def _person(actor: Actor, verb: str, in_name_of: str, plan: RunningPlan, rules: CommandRules) -> str:
    own, trusted = own_contact(actor, plan), _trusted(actor, rules)
    speaks_for_nobody = actor.kind is ActorKind.LOGIN and not own and not trusted
    if not in_name_of:
        if own or verb in BY_LOGIN:
            return own or actor.name
        if speaks_for_nobody:
            raise Refused("login_unknown", given=actor.name)
        known = contacts_listed(plan)
        if not known:
            raise Refused("plan_names_nobody")
        raise Refused("no_contact", given=actor.name, known=known)
    wanted = find_contact(in_name_of, plan)
    if wanted is not None and wanted == own:
        return own
    enters_callers = trusted or not plan.groups(own).isdisjoint(rules.for_callers)
    if verb in FOR_CALLERS and enters_callers:
        return wanted or in_name_of
    if speaks_for_nobody:
        raise Refused("login_unknown", given=actor.name)
    if not trusted:
        raise Refused("not_for_others", given=actor.name, who=(own or actor.name,))
    if wanted is None:
        raise unknown_name(in_name_of, plan)
    return wanted


def _may_report(acting: Actor, verb: str, plan: RunningPlan) -> None:
    """The plan's report rules name who takes which step."""
    if verb not in REPORT_ROLES:
        return
    action, roles = REPORT_ROLES[verb]
    allowed = roles(plan.data.report)
    if acting.person in allowed or not plan.groups(acting.person).isdisjoint(allowed):
        return
    people = everybody(plan, allowed)
    if not people:
        raise Refused("nobody_may", action=action)
    raise Refused("may_not", who=(acting.person,), action=action, people=people)


def may_read_papers(plan: RunningPlan, contact: str) -> bool:
    """Whom the plan's report rules name in any part."""
    rules = plan.data.report
    named = (rules.owner, *rules.reviewers, *rules.signers, *rules.escalate_to, *rules.send_to, *rules.circulate_to)
    return contact in everybody(plan, named)
