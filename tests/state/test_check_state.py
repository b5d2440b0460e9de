"""A run of judgements becomes transitions: counting, patience, recovery, flapping, unknown."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.pipeline.check_state import CheckState, StateRules, Transition
from probes.judge_reading import Judgement, Status

OK = Judgement(status=Status.OK)
DEAD = Judgement(status=Status.FAILED, fault="link_down", reason="no carrier")
SLOW = Judgement(status=Status.DEGRADED, fault="dns_slow", reason="0.4 s")
UNKNOWN = Judgement(status=Status.UNKNOWN, reason="no permission")


def rules(fail_after: int = 1, recover_after: int = 1, patience: float = 0.0) -> StateRules:
    return StateRules(fail_after=fail_after, recover_after=recover_after, patience=lambda code: patience)


def test_with_no_patience_the_first_bad_reading_opens_the_fault() -> None:
    state = CheckState()
    transition = state.accept(DEAD, 10.0, rules())
    assert transition == Transition(opened="link_down", since=10.0, reason="no carrier")
    assert state.settled is Status.FAILED


def test_a_fault_waits_for_enough_readings_and_for_its_patience() -> None:
    state = CheckState()
    slow = rules(fail_after=2, patience=3.0)
    assert state.accept(DEAD, 10.0, slow) is None
    assert state.suspicious
    assert state.due_in(11.0, slow) == 2.0
    assert state.accept(DEAD, 12.0, slow) is None
    opened = state.accept(DEAD, 13.0, slow)
    assert opened is not None
    assert opened.since == 10.0


def test_one_good_reading_takes_a_suspicion_back() -> None:
    state = CheckState()
    twice = rules(fail_after=2)
    state.accept(DEAD, 1.0, twice)
    state.accept(OK, 2.0, twice)
    assert state.accept(DEAD, 3.0, twice) is None


def test_unknown_neither_opens_nor_clears() -> None:
    state = CheckState()
    assert state.accept(UNKNOWN, 1.0, rules()) is None
    state.accept(DEAD, 2.0, rules())
    assert state.accept(UNKNOWN, 3.0, rules()) is None
    assert state.fault == "link_down"


def test_recovery_takes_its_readings_in_a_row() -> None:
    state = CheckState()
    careful = rules(recover_after=2)
    state.accept(DEAD, 1.0, careful)
    assert state.accept(OK, 2.0, careful) is None
    assert state.accept(DEAD, 3.0, careful) is None
    assert state.accept(OK, 4.0, careful) is None
    recovered = state.accept(OK, 5.0, careful)
    assert recovered is not None
    assert recovered.cleared == "link_down"


def test_another_fault_of_the_same_check_replaces_the_first() -> None:
    state = CheckState()
    state.accept(SLOW, 1.0, rules())
    changed = state.accept(DEAD, 2.0, rules())
    assert changed is not None
    assert (changed.cleared, changed.opened) == ("dns_slow", "link_down")


def test_a_flapping_check_keeps_its_fault_until_it_has_been_quiet() -> None:
    state = CheckState()
    now = 0.0
    for _ in range(3):
        state.accept(DEAD, now, rules())
        state.accept(OK, now + 1, rules())
        now += 10
    state.accept(DEAD, now, rules())
    assert state.accept(OK, now + 1, rules()) is None
    assert state.flapping(now + 1, rules())
    assert state.accept(OK, now + 301, rules()) is not None


@given(st.lists(st.sampled_from([OK, DEAD, SLOW, UNKNOWN]), max_size=60), st.integers(1, 3), st.integers(1, 3))
def test_opened_and_cleared_always_alternate(run: list[Judgement], fail_after: int, recover_after: int) -> None:
    state, open_code = CheckState(), ""
    for at, judgement in enumerate(run):
        transition = state.accept(judgement, float(at), rules(fail_after, recover_after))
        if transition is None:
            continue
        assert transition.cleared == open_code
        assert transition.opened != open_code
        open_code = transition.opened
    assert state.fault == open_code
