"""What each sort of actor may do, and in whose name: one pure function."""

from __future__ import annotations

import pytest

from alerting.engine.commands import Refused
from alerting.messages.reasons import say_reason
from alerting.model.actor import Actor, ActorKind, contact
from alerting.model.reason import because
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact, Group
from alerting.plan.report_rules import ReportRules
from alerting.plan.running_plan import RunningPlan
from alerting.service.permissions import CommandRules, permitted
from alerting.words import load_words

PLAN = RunningPlan(
    Plan(
        contacts={
            "li": Contact(name="Li Wei"),
            "chen": Contact(name="陈立", login="c.chen"),
            "sun": Contact(name="Sun Yue"),
            "nina": Contact(name="Nina"),
            "gone": Contact(name="Zhao Min", left=True),
        },
        groups={
            "technical": Group(name="Technical", members=("li",)),
            "office": Group(name="Office", members=("sun",)),
            "leadership": Group(name="Leadership", members=("chen",)),
        },
        report=ReportRules(owner="office", reviewers=("technical",), signers=("leadership",)),
    )
)
RULES = CommandRules()
NARROW = CommandRules(for_anybody=("root",))


def login(name: str, *groups: str) -> Actor:
    return Actor(kind=ActorKind.LOGIN, name=name, groups=groups)


ROOT, OPERATOR = login("root", "root"), login("kim", "kim", "roomwatch")


def person(actor: Actor, verb: str = "take", named: str = "", rules: CommandRules = RULES) -> str:
    acting = permitted(actor, verb, named, PLAN, rules)
    assert (acting.kind, acting.name) == (actor.kind, actor.name), "who typed stays"
    return acting.person


def refusal(actor: Actor, verb: str = "take", named: str = "", rules: CommandRules = RULES) -> str:
    with pytest.raises(Refused) as caught:
        permitted(actor, verb, named, PLAN, rules)
    return caught.value.reason.code


def test_a_login_that_is_no_contact_says_in_whose_name_and_is_given_the_list() -> None:
    with pytest.raises(Refused) as caught:
        permitted(ROOT, "take", "", PLAN, RULES)
    assert caught.value.reason.code == "no_contact"
    assert caught.value.reason.values["known"] == ("Li Wei (li)", "陈立 (chen)", "Sun Yue (sun)", "Nina (nina)")
    assert person(ROOT, "take", "li") == "li"
    assert person(OPERATOR, "take", "陈立") == "chen"


@pytest.mark.parametrize("named", ["", "x"])
def test_of_a_plan_without_people_no_empty_list_is_shown(named: str) -> None:
    with pytest.raises(Refused) as caught:
        permitted(ROOT, "take", named, RunningPlan(Plan()), RULES)
    assert caught.value.reason == because("plan_names_nobody")
    assert "roomwatch setup" in say_reason(caught.value.reason, load_words("en"))


@pytest.mark.parametrize("name", ["li", "Li Wei", "LI WEI", " li  wei ", "ｌｉ"])
def test_a_name_is_known_in_any_case_and_width(name: str) -> None:
    assert person(ROOT, "take", name) == "li"


@pytest.mark.parametrize("name", ["Li Wie", "Lee Wei", "陈力", "sun yu"])
def test_a_near_miss_is_asked_about_and_not_taken(name: str) -> None:
    assert refusal(ROOT, "take", name) == "did_you_mean"


@pytest.mark.parametrize("name", ["Zorro", "X", "周", "gone", "Zhao Min"])
def test_an_unknown_name_and_one_who_left_are_refused_with_the_list(name: str) -> None:
    assert refusal(ROOT, "take", name) in ("unknown_name", "did_you_mean")


def test_a_login_that_is_a_contact_acts_for_itself_by_its_id_or_the_plan_s_login() -> None:
    assert person(login("li"), rules=NARROW) == "li"
    assert person(login("c.chen"), rules=NARROW) == "chen"
    assert refusal(login("chen"), rules=NARROW) == "login_unknown", "chen's login is another one"
    assert person(login("li"), "take", "Li Wei", NARROW) == "li"


def test_who_is_not_trusted_speaks_for_nobody_else() -> None:
    assert refusal(login("li"), "take", "chen", NARROW) == "not_for_others"
    assert refusal(OPERATOR, "take", "chen", NARROW) == "login_unknown"
    assert refusal(OPERATOR, "take", "", NARROW) == "login_unknown", "to name somebody would not help it"
    assert person(ROOT, "take", "chen", NARROW) == "chen"
    assert refusal(OPERATOR, "people_export", rules=NARROW) == "not_trusted"
    assert person(OPERATOR, "people_export") == "kim"


def test_the_office_enters_what_callers_report_and_others_do_not() -> None:
    assert person(login("sun"), "declare", "Ann", NARROW) == "Ann"
    assert person(login("sun"), "declare", "Li Wei", NARROW) == "li"
    assert refusal(login("li"), "declare", "Ann", NARROW) == "not_for_others"
    assert person(ROOT, "report", "Ann") == "Ann"
    assert refusal(login("sun"), "take", "li", NARROW) == "not_for_others", "a caller takes nothing"
    only_leaders = CommandRules(for_anybody=(), for_callers=("leadership",))
    assert refusal(login("sun"), "declare", "Ann", only_leaders) == "not_for_others"
    assert person(login("c.chen"), "declare", "Ann", only_leaders) == "Ann"


def test_a_record_needs_only_to_be_known_by_who_typed_it() -> None:
    assert person(ROOT, "inspection_done") == "root"
    assert person(ROOT, "note") == "root"
    assert refusal(ROOT, "spare_take") == "no_contact", "somebody has the piece"


def test_what_comes_from_afar_is_the_contact_s_own_and_little() -> None:
    on_page, by_word = ["take", "confirm", "resolve"], ["take", "confirm"]
    for kind, verbs in ((ActorKind.LINK, on_page), (ActorKind.MAIL, by_word)):
        actor = Actor(kind=kind, name="li", person="li")
        asked = ("take", "confirm", "resolve", "close", "report_sign", "people_delete")
        assert [verb for verb in asked if _may(actor, verb)] == verbs
    guest = Actor(kind=ActorKind.PARTICIPANT, name="Ann", person="Ann")
    of_guests = ["report", "feedback", "meeting_feedback"]
    assert [verb for verb in ("take", *of_guests, "resolve") if _may(guest, verb)] == of_guests
    assert person(Actor(kind=ActorKind.MACHINE, name="roomwatch", person="roomwatch"), "resolve") == "roomwatch"


def _may(actor: Actor, verb: str) -> bool:
    try:
        return permitted(actor, verb, "", PLAN, RULES).person == actor.person
    except Refused:
        return False


def test_the_report_s_steps_belong_to_those_whom_the_plan_names() -> None:
    assert person(contact("sun"), "report_submit") == "sun"
    with pytest.raises(Refused) as caught:
        permitted(contact("li"), "report_submit", "", PLAN, RULES)
    assert caught.value.reason.values == {"who": ("li",), "action": "submit_report", "people": ("sun", "chen")}
    assert refusal(ROOT, "report_sign", "sun") == "may_not", "also where somebody else types it"
    assert person(ROOT, "report_sign", "chen") == "chen"
    assert person(contact("li"), "improvement_add") == "li", "a reviewer"
    assert refusal(ROOT, "improvement_add", "nina") == "may_not"


def test_two_of_one_name_are_told_apart_by_their_ids() -> None:
    twins = RunningPlan(
        Plan(contacts={"li": Contact(name="Li"), "li2": Contact(name="Li Wei"), "li3": Contact(name="Li Wei")})
    )
    with pytest.raises(Refused) as caught:
        permitted(ROOT, "take", "Li Wei", twins, RULES)
    assert caught.value.reason.code == "several_called"
    assert permitted(ROOT, "take", "li", twins, RULES).person == "li"
