"""A day of a sound network with its small flaws tells nothing; the same day with a real one does."""

from __future__ import annotations

import pytest

from bench.network_day import Flaws, day


@pytest.mark.slow
async def test_a_day_of_small_flaws_is_told_of_nothing() -> None:
    assert await day(7, Flaws()) == []


async def test_a_line_that_loses_a_fifth_of_all_packets_is_told_within_the_hour() -> None:
    assert "media_loss" in await day(7, Flaws(packet_lost=0.2), hours=1.0)
