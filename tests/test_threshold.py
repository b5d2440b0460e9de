"""One number against its limits, with hysteresis."""

import math

from probes.judge_reading import Judgement, Status, Threshold, judge
from probes.reading import Reading
from probes.why import because

RTT = Threshold(value="rtt_seconds", fault="rtt_high", degraded=0.1, failed=0.5, clear=0.2)


def reading(value: float, finding: str = "") -> Reading:
    return Reading(check="network.gateway", values={"rtt_seconds": value}, finding=finding)


def test_a_value_under_every_limit_is_ok() -> None:
    assert judge(reading(0.05), (RTT,)).status is Status.OK


def test_a_value_over_the_failed_limit_names_the_limit() -> None:
    judgement = judge(reading(0.6), (RTT,))
    assert judgement == Judgement(
        status=Status.FAILED,
        fault="rtt_high",
        reason=because("beyond_limit", reading="rtt_seconds", seen=0.6, limit=0.5),
    )


def test_a_failed_value_must_win_back_the_hysteresis_before_it_improves() -> None:
    failed = judge(reading(0.6), (RTT,))
    assert judge(reading(0.45), (RTT,), failed).status is Status.FAILED
    assert judge(reading(0.39), (RTT,), failed).status is Status.DEGRADED


def test_what_the_probe_saw_itself_outranks_every_number() -> None:
    assert judge(reading(0.01, "gateway_unreachable"), (RTT,)).fault == "gateway_unreachable"


def test_not_a_number_is_unknown_and_never_failed() -> None:
    assert judge(reading(math.nan), (RTT,)).status is Status.UNKNOWN
