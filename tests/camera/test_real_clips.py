"""The bench that makes clips of real pictures, on pictures that a cache holds already: no network, no ffmpeg."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.clips.video_coding import Coding, bits_turned, coded, cut, jpegs, lossy, unpacked
from bench.clips.video_faults import FAULTS
from bench.clips.video_sources import PACKAGES, SCENES, Shelf
from bench.clips.video_webcam import draw_webcam, shoot
from tests.camera import scenes


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cache")
    for n, scene in enumerate(SCENES):
        path = root / scene.file.replace("/", "_")
        if scene.kind == "photo":
            cv2.imwrite(str(path), scenes.room(n, size=(240, 400)).astype(np.uint8))
        elif not path.exists():
            still = scenes.burst(scenes.room(n), n, count=6)
            writer = cv2.VideoWriter(str(path.with_suffix(".avi")), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 180))
            for one in np.tile(still, (90, 1, 1, 1)):
                writer.write(one)
            writer.release()
            path.with_suffix(".avi").replace(path)
    return root


def test_every_scene_has_a_package_with_a_licence_and_one_part() -> None:
    assert {scene.package for scene in SCENES} == set(PACKAGES)
    assert all(one.licence for one in PACKAGES.values())
    parts = {scene.file: scene.part for scene in SCENES}
    assert all(parts[scene.file] == scene.part for scene in SCENES)
    assert len({scene.name for scene in SCENES}) == len(SCENES)


def test_every_label_has_eight_mechanisms_but_for_no_picture_at_all() -> None:
    labels = [label for label, _ in FAULTS]
    assert {label for label in labels if labels.count(label) < 8} == {"no_frames"}


@pytest.mark.long
def test_made_clips_are_a_folder_that_the_detector_bench_reads(cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "clips"
    subprocess.run(
        [sys.executable, "bench/real_clips.py", "--out", str(out), "--part", "kept", "--faulty", "1", "--codec", "jpeg",
         "--only", "moved,no_frames", "--cache", str(cache)],
        capture_output=True, timeout=100, check=True,
    )  # fmt: skip
    with (out / "manifest.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["label"] for row in rows} == {"moved", "no_frames"}
    assert all((out / row["file"]).is_file() and (out / row["ref"]).is_file() for row in rows)
    kept = {scene.name for scene in SCENES if scene.part == "kept"}
    assert {row["scene"] for row in rows} <= kept
    assert set(json.loads((out / "licences.json").read_text())) <= {one.name for one in PACKAGES.values()}


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "kept")
    shelf.scenes = [scene for scene in shelf.scenes if scene.kind == "photo"][:1]
    (tmp_path / "packages").write_text("in the way")
    with pytest.raises(FileExistsError, match="packages"):
        shelf.fetch()


def test_dim_light_is_noisier_and_noise_reduction_quieter() -> None:
    chance = np.random.default_rng(3)
    light = [np.full((360, 640, 3), 0.2, np.float32)] * 4
    webcam = draw_webcam(chance, "none")
    from dataclasses import replace

    plain = replace(webcam, shot=1e-4, read=1e-6, temporal=0.0, spatial=0.0, sharpen=0.0, size=180)
    noise = {
        name: float(shoot(light, one, np.random.default_rng(1))[3].std(axis=(0, 1)).mean())
        for name, one in {
            "plain": plain, "dim": replace(plain, shot=1e-3), "reduced": replace(plain, temporal=0.9),
        }.items()
    }  # fmt: skip
    assert noise["reduced"] < noise["plain"] < noise["dim"]


def test_damage_is_done_to_the_stream_and_not_to_its_head() -> None:
    frames = scenes.burst(scenes.room(1), 1, count=2)
    good = jpegs(frames, Coding("jpeg", quality=80))
    assert np.array_equal(unpacked(good[0]), coded(frames, Coding("jpeg", quality=80))[0])
    for bad in (cut(good[0], 0.5), bits_turned(good[0], np.random.default_rng(1), 3)):
        assert not np.array_equal(unpacked(bad), unpacked(good[0]))
    units = b"".join(b"\x00\x00\x01" + bytes([kind]) + bytes(range(4, 250)) for kind in (7, 8, 5, 1, 1, 1, 1))
    torn = lossy(units, np.random.default_rng(2), 1.0, spare=1)
    assert torn.startswith(units[: 3 * 250]) and len(torn) < len(units)
