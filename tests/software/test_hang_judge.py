"""The pure judge of hangs, look by look: what is a hang, and what only looks like one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from probes.software.hang import HangJudge, HangLook, HangVerdict, ProcessSigns
from probes.why import because

MAIN, PAGE, GPU = (10, 1), (11, 2), (12, 3)


@dataclass
class Story:
    """A program that is looked at every three seconds. Rates are for each second; a hang sets some to nothing."""

    judge: HangJudge = field(default_factory=HangJudge)
    at: float = 100.0
    totals: dict[str, float] = field(default_factory=dict)

    def look(self, **rates: float) -> HangVerdict:
        """main, page, gpu: share of a processor; main_waits, page_waits: share in its queue; wakes, page_wakes."""
        usual = {"main": 0.05, "main_waits": 0.02, "wakes": 50.0, "page": 0.1, "page_waits": 0.02, "page_wakes": 80.0,
                 "page_others": 0.1, "gpu": 0.03, "datagrams": 80.0}  # fmt: skip
        seconds = rates.pop("seconds", 3.0)
        fixed = {name: rates.pop(name, 0.0) for name in ("silent", "unread", "stopped")}
        asked, meeting = int(rates.pop("asked", 1)), bool(rates.pop("meeting", 1))
        self.at += seconds
        for name, rate in (usual | rates).items():
            self.totals[name] = self.totals.get(name, 0.0) + rate * seconds
        t = self.totals
        whole = t["page"] + t["page_others"]
        state = "T" if fixed["stopped"] else "S"
        look = HangLook(
            at=self.at,
            processes=(
                ProcessSigns(MAIN, "main", state, t["main"], t["main_waits"], int(t["wakes"]), t["main"]),
                ProcessSigns(
                    PAGE,
                    "renderer",
                    "S",
                    t["page"],
                    t["page_waits"],
                    int(t["page_wakes"]),
                    whole,
                ),
                ProcessSigns(GPU, "gpu-process", "S", 0.0, 0.0, 0, t["gpu"]),
            ),
            asked=asked,
            unanswered=int(fixed["silent"] > 0),
            silent=fixed["silent"],
            in_meeting=meeting,
            datagrams=int(t["datagrams"]),
            unread=int(fixed["unread"]),
        )
        return self.judge.take(look)

    def usually(self, **rates: float) -> Story:
        for _ in range(15):
            assert self.look(**rates).finding == ""
        return self


def test_windows_silent_and_a_spinning_thread_are_a_hang_after_six_seconds() -> None:
    story = Story().usually()
    assert story.look(main=1.0, wakes=1, silent=3).finding == ""
    verdict = story.look(main=1.0, wakes=1, silent=6)
    assert verdict.finding == "app_hung"
    assert verdict.signs[0] == because("windows_silent", count=1, seconds=6)
    assert because("main_thread_restless", seconds=6) in verdict.signs


def test_windows_silent_alone_are_slow() -> None:
    story = Story().usually()
    assert story.look(silent=6).finding == "app_slow"
    assert story.look().finding == ""


def test_a_deadlock_is_windows_silent_and_a_thread_that_does_not_wake() -> None:
    story = Story().usually()
    story.look(main=0, main_waits=0, wakes=0, silent=3)
    verdict = story.look(main=0, main_waits=0, wakes=0, silent=6)
    assert verdict.finding == "app_hung"
    assert because("main_thread_asleep", seconds=6) in verdict.signs


def test_an_idle_program_that_answers_is_well_for_hours() -> None:
    story = Story().usually(meeting=0)
    for _ in range(1000):
        assert story.look(main=0, main_waits=0, wakes=0, page=0, page_wakes=0, page_others=0, gpu=0).finding == ""


def test_a_thread_that_others_keep_from_running_is_not_hung() -> None:
    story = Story().usually()
    for seconds in (3, 6, 9):
        verdict = story.look(main=0.02, main_waits=0.98, silent=seconds)
    assert verdict.finding == "app_slow"


def test_a_spinning_page_is_a_hang_when_nothing_new_is_drawn() -> None:
    story = Story().usually()
    found = [story.look(page=1.0, page_waits=0, gpu=0).finding for _ in range(4)]
    assert found == ["", "", "app_hung", "app_hung"]


def test_a_page_that_is_busy_and_draws_is_well() -> None:
    story = Story().usually()
    for _ in range(20):
        assert story.look(page=1.0, page_waits=0, gpu=0.03).finding == ""


def test_a_page_whose_first_thread_hangs_while_its_media_go_on_is_a_hang() -> None:
    story = Story().usually()
    found = [story.look(page=0, page_waits=0, page_wakes=0, gpu=0).finding for _ in range(4)]
    assert found[-1] == "app_hung"


def test_leaving_a_call_is_no_hang() -> None:
    """Media, drawing and processor stop at once, while the room still counts as in a meeting."""
    story = Story().usually()
    for _ in range(20):
        verdict = story.look(main=0.001, wakes=1, page=0, page_waits=0, page_wakes=0, page_others=0, gpu=0, datagrams=0)
        assert verdict.finding == "", verdict.signs


def test_without_windows_to_ask_a_stopped_program_whose_media_waits_is_hung() -> None:
    story = Story().usually(asked=0)
    story.look(asked=0, stopped=1, main=0, main_waits=0, wakes=0, unread=100_000)
    story.look(asked=0, stopped=1, main=0, main_waits=0, wakes=0, unread=150_000)
    verdict = story.look(asked=0, stopped=1, main=0, main_waits=0, wakes=0, unread=200_000)
    assert verdict.finding == "app_hung"
    assert "media_unread" in [one.code for one in verdict.signs]


def test_a_computer_that_slept_and_a_program_that_restarted_start_anew() -> None:
    story = Story().usually()
    assert story.look(seconds=8 * 3600, main=0, main_waits=0, wakes=0).finding == ""
    other = replace(story.judge.looks[-1], at=story.at + 3)
    fresh = (replace(other.processes[0], identity=(99, 9)), *other.processes[1:])
    assert story.judge.take(replace(other, processes=fresh)).finding == ""
    assert len(story.judge.looks) == 1


def test_looks_in_quick_succession_do_not_push_the_older_ones_out() -> None:
    story = Story().usually()
    for silent in (1, 2, 3, 4, 5, 6):
        for _ in range(30):
            verdict = story.look(seconds=0.033, main=1.0, wakes=1, silent=silent)
    assert story.judge.looks[0].at < story.at - 9
    story.look(main=1.0, wakes=1, silent=9)
    assert story.look(main=1.0, wakes=1, silent=12).finding == "app_hung"
    assert verdict.finding in ("", "app_slow", "app_hung")


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 500), st.floats(0.1, 30)), max_size=60))
def test_a_program_that_answers_and_draws_is_never_hung(steps: list[tuple[float, float, float, float]]) -> None:
    story = Story().usually()
    for main, waits, wakes, seconds in steps:
        verdict = story.look(main=main, main_waits=waits, wakes=wakes, seconds=seconds)
        assert verdict.finding == ""
