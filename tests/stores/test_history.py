"""readings.db keeps a week, survives corruption, and never stops the daemon."""

from pathlib import Path

from monitor.pipeline.history import ReadingHistory


async def test_samples_come_back_in_order_and_old_ones_go(tmp_path: Path) -> None:
    history = ReadingHistory(tmp_path / "readings.db", keep_days=7)
    day = 86400.0
    await history.record([(0.0, "camera", "c", "fps", 10.0)], now=0.0)
    await history.record([(8 * day, "camera", "c", "fps", 30.0)], now=8 * day)
    assert await history.series("camera", "c", "fps", 0.0) == [(8 * day, 30.0)]
    history.close()


async def test_a_corrupt_store_is_set_aside_and_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "readings.db"
    file.write_bytes(b"this is not a database, not at all" * 100)
    history = ReadingHistory(file, keep_days=7)
    await history.record([(1.0, "a", "", "v", 1.0)], now=1.0)
    await history.record([(2.0, "a", "", "v", 2.0)], now=2.0)
    assert await history.series("a", "", "v", 0.0) == [(2.0, 2.0)]
    assert (tmp_path / "readings.db.corrupt").exists()
    history.close()


async def test_a_folder_that_is_gone_costs_samples_only(tmp_path: Path) -> None:
    history = ReadingHistory(tmp_path / "gone" / "readings.db", keep_days=7)
    await history.record([(1.0, "a", "", "v", 1.0)], now=1.0)
    assert history.broken
    assert await history.series("a", "", "v", 0.0) == []
    history.close()
