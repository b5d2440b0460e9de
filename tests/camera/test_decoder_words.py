"""Pictures that a decoder mended: what it complains of is counted, and a stream full of it is damaged."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest

from bench.clips.video_coding import bits_turned, cut
from probes.camera import PICTURE, probe
from probes.camera.decoder_words import count_mended
from probes.camera.judge_frames import judge
from probes.reading import Reading
from tests.camera import scenes
from tests.camera.network_camera import look_at, send_pictures, server
from tests.camera.test_capture import Make
from tests.camera.test_probe import by_check


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (b"", 0),
        (b"Corrupt JPEG data: premature end of data segment\n", 1),
        (b"Corrupt JPEG data: 2 extraneous bytes before marker 0xd9\n", 0),
        (b"Corrupt JPEG data: 7 extraneous bytes before marker 0xd4\n" * 2, 2),
        (b"[h264 @ 0x5] error while decoding MB 12 7, bytestream -5\n", 1),
        (b"[rtsp @ 0x5] RTP: missed 3 packets\n", 1),
        (b"[h264 @ 0x5] no frame!\n", 0),
    ],
)
def test_only_words_of_mended_pictures_count(words: bytes, count: int) -> None:
    reading, writing = os.pipe2(os.O_NONBLOCK)
    os.write(writing, words)
    assert count_mended(reading) == count
    assert count_mended(reading) == 0
    os.close(reading)
    os.close(writing)


def test_nothing_heard_is_nothing_counted() -> None:
    assert count_mended(-1) == 0


def test_two_mended_pictures_of_fifteen_are_a_damaged_stream_and_one_is_not() -> None:
    frames = scenes.burst(scenes.room(3), 3)
    assert judge(frames, scenes.times(), damaged=1).label == "healthy"
    assert judge(frames, scenes.times(), damaged=1).gathers["corruption"] > 0.5
    assert judge(frames, scenes.times(), damaged=3).label == "corruption"


@pytest.mark.parametrize("harm", ["none", "padded", "cut", "bits"])
async def test_a_stream_of_damaged_jpegs_is_damaged_though_each_is_decoded(harm: str, make_context: Make) -> None:
    chance = np.random.default_rng(3)
    pictures = [cv2.imencode(".jpg", one)[1].tobytes() for one in scenes.burst(scenes.room(4), 4, count=40)]
    if harm == "padded":
        pictures = [one[:-2] + b"\x00\x00" + one[-2:] for one in pictures]
    elif harm == "cut":
        pictures = [cut(one, 0.97) for one in pictures]
    elif harm == "bits":
        pictures = [bits_turned(one, chance, 2) for one in pictures]

    with server(lambda request: send_pictures(request, pictures * 3, 0.05)) as url:
        outcome = by_check(await probe(look_at(url), make_context()), PICTURE)
    assert isinstance(outcome, Reading), outcome
    assert outcome.finding == ("" if harm in ("none", "padded") else "camera_corruption"), outcome
    if harm != "bits":  # libjpeg reads over some wrong bits without a word
        assert (outcome.values["damaged_share"] > 0.3) == (harm == "cut")
