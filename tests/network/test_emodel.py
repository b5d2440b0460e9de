"""R and MOS against ITU-T G.107, worked out here from the recommendation's own inputs and not from the product's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.network import emodel

TABLE = [
    # one-way delay in ms, loss in percent, burst ratio
    *((ms, 0.0, 1.0) for ms in (0, 20, 50, 100, 125, 150, 200, 250, 300, 400, 500)),
    *((0, percent, 1.0) for percent in (0.5, 1, 2, 3, 5, 10, 20, 30)),
    *((150, percent, burst) for percent in (1, 5, 10) for burst in (1.0, 2.0, 4.0)),
]


def reference(ms: float, percent: float, burst: float) -> float:
    """The whole of G.107 with the defaults of its table 2: SLR 8, RLR 2, STMR 15, LSTR 18, Ds 3, TELR 65, WEPL 110,
    Qdu 1, Nc -70, Nfor -64, Ps = Pr = 35, A 0; Ie 0 and Bpl 25.1 for G.711 with concealment (G.113)."""
    slr, rlr, nc, nfor, ps = 8.0, 2.0, -70.0, -64.0, 35.0
    olr = slr + rlr
    nos = ps - slr - 3 - 100 + 0.004 * (ps - olr - 3 - 14) ** 2
    pre = ps + 10 * math.log10(1 + 10 ** ((10 - 18) / 10))
    nor = rlr - 121 + pre + 0.008 * (pre - 35) ** 2
    no = 10 * math.log10(sum(10 ** (one / 10) for one in (nc, nos, nor, nfor + rlr)))
    ro = 15 - 1.5 * (slr + no)
    xolr = olr + 0.2 * (64 + no - rlr)
    iolr = 20 * ((1 + (xolr / 8) ** 8) ** (1 / 8) - xolr / 8)
    stmro = -10 * math.log10(10 ** (-15 / 10) + math.exp(-ms / 4) * 10 ** (-65 / 10))

    def norm(shift: float, scale: float, power: float) -> float:
        return (1 + ((stmro + shift) / scale) ** power) ** (1 / power)

    ist = 12 * norm(-13, 6, 8) - 28 * norm(1, 19.4, 35) - 13 * norm(-3, 33, 13) + 29
    q = 37.0
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    iq = 15 * math.log10(1 + 10 ** ((ro - 100) / 15 + 46 / 8.4 - g / 9) + 10 ** (46 / 30 - g / 40))
    terv = 65 - 40 * math.log10((1 + ms / 10) / (1 + ms / 150)) + 6 * math.exp(-0.3 * ms**2)
    difference = (-1.5 * (no - rlr) - (80 + 2.5 * (terv - 14))) / 2
    idte = (difference + math.sqrt(difference**2 + 100) - 1) * (1 - math.exp(-ms))
    difference = (ro - 10.5 * 117 * (2 * ms + 1) ** -0.25) / 2
    idle = difference + math.sqrt(difference**2 + 169)
    idd = 0.0
    if ms > 100:
        x = math.log(ms / 100) / math.log(2)
        idd = 25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)
    return ro - (iolr + ist + iq) - (idte + idle + idd) - 95 * percent / (percent / burst + 25.1)


def test_the_reference_itself_gives_the_recommendation_s_default() -> None:
    assert reference(0, 0, 1) == pytest.approx(93.2, abs=0.05)


@pytest.mark.parametrize(("ms", "percent", "burst"), TABLE)
def test_r_is_within_one_of_the_recommendation(ms: float, percent: float, burst: float) -> None:
    expected = max(0.0, reference(ms, percent, burst))
    assert emodel.r_factor(ms / 500, 0.0, percent / 100, burst) == pytest.approx(expected, abs=1.0)


def test_jitter_counts_as_the_delay_of_the_buffer_that_hides_it() -> None:
    assert emodel.r_factor(0.2, 0.025, 0.0) == emodel.r_factor(0.3, 0.0, 0.0)


@pytest.mark.parametrize(("r", "score"), [(80, 4.02), (70, 3.60), (60, 3.10), (0, 1.0), (100, 4.5)])
def test_the_opinion_score_has_the_recommendation_s_values(r: float, score: float) -> None:
    assert emodel.mos(r) == pytest.approx(score, abs=0.01)


@given(st.floats(0, 2), st.floats(0, 1), st.floats(0, 1), st.floats(1, 50))
def test_no_path_leaves_the_scales(rtt: float, jitter: float, loss: float, burst: float) -> None:
    r = emodel.r_factor(rtt, jitter, loss, burst)
    assert 0 <= r <= 93.3
    assert 1 <= emodel.mos(r) <= 4.5


def test_more_delay_never_scores_better() -> None:
    scores = [emodel.r_factor(ms / 500, 0.0, 0.0) for ms in range(0, 1000, 10)]
    assert scores == sorted(scores, reverse=True)
