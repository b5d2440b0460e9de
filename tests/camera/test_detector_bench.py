"""The detector bench on a folder that is not the one it was written with: other sizes and rates, holes everywhere."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.camera import scenes
from tests.microphone import sounds

COLUMNS = ("file", "modality", "label", "severity", "subtype", "ref", "nominal_fps")
Rows = list[tuple[str, ...]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("foreign")
    room = scenes.room(5, size=(360, 480))
    good, black = scenes.burst(room, 5), np.zeros((15, 360, 480, 3), np.uint8)
    film(root / "good.avi", good)
    film(root / "black.avi", black)
    cv2.imwrite(str(root / "ref.png"), cv2.resize(room.astype(np.uint8), (240, 180)))
    (root / "empty.avi").touch()
    (root / "text.wav").write_text("not sound")
    (root / "empty.wav").touch()
    speech = sounds.talker(44100, -28) + sounds.noise(44100, -58)
    sound(root / "speech.wav", speech, 44100)
    sound(root / "zeros.wav", np.zeros(24000), 8000)
    times = [100.0 * (n + 1) for n in range(15)]
    (root / "timestamps.json").write_text(json.dumps({"good.avi": times, "empty.avi": None}))
    return root


def film(path: Path, frames: scenes.Frames) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (frames.shape[2], frames.shape[1]))
    for one in frames:
        writer.write(one)
    writer.release()


def sound(path: Path, samples: sounds.Sound, rate: int) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def run(folder: Path, rows: Rows, *more: str) -> str:
    with (folder / "manifest.csv").open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *rows])
    done = subprocess.run(
        [sys.executable, "bench/detectors.py", "--corpus", str(folder), *more],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


ROWS: Rows = [
    ("good.avi", "video", "healthy", "0", "never heard of", "ref.png", "10"),
    ("good.avi", "video", "healthy", "0", "never heard of", "ref/absent.png", "fast"),
    ("black.avi", "video", "black", "3", "zeros", "", ""),
    ("empty.avi", "video", "no_frames", "", "", "ref.png", "10"),
    ("absent.avi", "video", "no_frames", "2", "", "", "10"),
    ("good.avi", "video", "moved", "1", "small", "ref.png", "10"),
    ("speech.wav", "audio", "healthy", "0", "speech", "", ""),
    ("zeros.wav", "audio", "digital_silence", "3", "zeros", "", ""),
    ("empty.wav", "audio", "missing", "3", "none", "", ""),
    ("text.wav", "audio", "missing", "1", "none", "", ""),
    ("", "audio", "healthy", "0", "", "", ""),
    ("speech.wav", "smell", "healthy", "0", "", "", ""),
]


def test_a_foreign_folder_is_scored_with_every_figure(folder: Path) -> None:
    records = [json.loads(line) for line in run(folder, ROWS, "--json").splitlines()]
    assert all({"bench", "case", "metric", "value", "unit"} <= set(one) for one in records)
    assert {one["case"] for one in records} == {"video", "video-without-reference", "audio"}

    def value(case: str, metric: str, **more: str) -> dict[str, Any]:
        found = [
            one for one in records
            if (one["case"], one["metric"]) == (case, metric) and all(one[k] == v for k, v in more.items())
        ]  # fmt: skip
        assert len(found) == 1, (case, metric, more)
        one: dict[str, Any] = found[0]
        return one

    assert value("video", "clips")["value"] == 6
    assert value("video-without-reference", "clips")["value"] == 5
    assert value("video-without-reference", "macro_f1")["value"] == 1.0
    assert value("video", "any_fault_recall")["value"] == 0.75, "a camera that did not move is not moved"
    assert value("video", "recall_severity_3")["value"] == 1.0
    assert value("video", "recall_severity_1")["value"] == 0.0
    alarms = value("video", "false_alarm_rate")
    assert (alarms["value"], alarms["of"]) == (0.0, 2)
    assert alarms["low"] == 0.0 < alarms["high"] < 1.0
    assert value("video", "false_alarm_rate_of_subtype", subtype="never heard of")["of"] == 2
    assert value("video", "confusion", truth="black", said="black")["value"] == 1
    assert value("audio", "macro_f1")["value"] == 1.0
    assert value("audio", "cpu_ms_per_clip")["value"] > 0.0


def test_people_read_a_table(folder: Path) -> None:
    said = run(folder, ROWS)
    assert "== video-without-reference" in said
    assert "true \\ said" in said
    assert "good.avi (small, severity 1): healthy" in said


def test_an_empty_manifest_scores_nothing_and_is_no_error(folder: Path) -> None:
    assert run(folder, [], "--json") == ""


def test_made_clips_are_a_folder_that_the_bench_reads_and_the_seed_decides_them(folder: Path, tmp_path: Path) -> None:
    run(folder, ROWS[:1] + ROWS[6:8])

    def make(name: str, seed: str) -> Path:
        subprocess.run(
            [sys.executable, "bench/make_clips.py", "--out", str(tmp_path / name), "--seed", seed, "--scenes", "0",
             "--from", str(folder)],
            capture_output=True, timeout=100, check=True,
        )  # fmt: skip
        return tmp_path / name

    one, same, other = make("one", "5"), make("same", "5"), make("other", "6")
    with (one / "manifest.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["modality"], row["label"]) for row in rows] == [
        ("video", "healthy"), ("audio", "healthy"), ("audio", "digital_silence"),
    ]  # fmt: skip
    assert (one / rows[0]["ref"]).is_file()
    for row in rows[:2]:
        made = (one / row["file"]).read_bytes()
        assert made == (same / row["file"]).read_bytes()
        assert made != (other / row["file"]).read_bytes()
    judged = subprocess.run(
        [sys.executable, "bench/detectors.py", "--corpus", str(one), "--json"],
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    figures = [json.loads(line) for line in judged.stdout.splitlines()]
    assert {one["case"] for one in figures} == {"video", "video-without-reference", "audio"}
