"""Brothers of the usual faults, and healthy cameras that look like them, on synthetic rooms."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from probes.camera.judge_frames import judge
from probes.camera.reference import Reference, learn_reference
from tests.camera import scenes
from tests.camera.scenes import Frames

SEEDS = (1, 2, 3)


def jpeg(one: Frames, quality: int) -> Frames:
    data = cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def coded_again(frames: Frames) -> Frames:
    return np.stack([jpeg(frames[0], 60 + 7 * n % 28) for n in range(len(frames))])


def refined(frames: Frames) -> Frames:
    """A coder of one picture that mends what it left out before, until nothing is left to mend."""
    return np.stack([jpeg(frames[0], min(95, 40 + 18 * n)) for n in range(len(frames))])


def loop_with_clock(frames: Frames) -> Frames:
    out = frames[np.arange(len(frames)) % 3].copy()
    for n, one in enumerate(out):
        cv2.putText(one, f"10:42:{n // 10:02}", (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
    return out


def cut_short(frames: Frames) -> Frames:
    out = frames.copy()
    for n, one in enumerate(out):
        one[96 + 8 * (n % 4) :] = 128
    return out


def combed(frames: Frames) -> Frames:
    out = frames.copy()
    out[:, 1::2] = np.roll(out[:, 1::2], 9, axis=2)
    return out


def dead_column(frames: Frames) -> Frames:
    out = frames.copy()
    out[:, :, 137] = 255
    return out


def stuck_specks(frames: Frames) -> Frames:
    hit = np.random.default_rng(5).random(frames.shape[1:3]) < 0.006
    out = frames.copy()
    out[:, hit] = np.random.default_rng(6).integers(0, 2, (int(hit.sum()), 1)).astype(np.uint8) * 255
    return out


def doubled(frames: Frames) -> Frames:
    out = frames.copy()
    out[:, 90:] = out[:, :90]
    return out


def covered_in_part(frames: Frames) -> Frames:
    """Something dark before two thirds of the lens, its edge far out of focus."""
    mask = np.clip((220 - np.arange(320)) / 50 + 0.5, 0, 1)[None, None, :, None]
    noise = np.random.default_rng(4).normal(0, 1.0, frames.shape)
    return np.clip(mask * np.array((50, 48, 52)) + (1 - mask) * frames + noise, 0, 255).astype(np.uint8)


def running(frames: Frames) -> Frames:
    return np.stack([np.roll(one, 20 + 9 * n, axis=0) for n, one in enumerate(frames)])


def passing_specks_coded(frames: Frames) -> Frames:
    """Specks before the coder, in each picture elsewhere: it smears them."""
    chance = np.random.default_rng(8)
    out = frames.copy()
    for one in out:
        hit = chance.random(one.shape[:2]) < 0.02
        one[hit] = chance.integers(0, 256, (int(hit.sum()), 3))
    return np.stack([jpeg(one, 70) for one in out])


def dead_red(frames: Frames) -> Frames:
    out = frames.copy()
    out[..., 2] = 16
    return out


def narrow_white(frames: Frames) -> Frames:
    """Far too bright, and then brought to the range of television, so that white is no longer 255."""
    return (16 + scenes.gamma_free(frames, 3.2).astype(np.float32) * 0.859).astype(np.uint8)


FAULTS: dict[str, tuple[str, Callable[[Frames], Frames]]] = {
    "coded again at one of a few qualities": ("frozen", coded_again),
    "refined until nothing changes": ("frozen", refined),
    "a loop under a clock": ("frozen", loop_with_clock),
    "cut at the lower end": ("corruption", cut_short),
    "fields woven wrongly": ("corruption", combed),
    "a dead column": ("corruption", dead_column),
    "specks that stay": ("corruption", stuck_specks),
    "running up": ("corruption", running),
    "specks that pass, coded afterwards": ("corruption", passing_specks_coded),
    "the upper half twice": ("corruption", doubled),
    "two thirds covered": ("covered", covered_in_part),
    "no red": ("colour_cast", dead_red),
    "too bright in a narrow range": ("overexposed", narrow_white),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", FAULTS)
def test_each_kind_is_named_without_a_learned_view(name: str, seed: int) -> None:
    label, harm = FAULTS[name]
    assert judge(harm(scenes.burst(scenes.room(seed), seed)), scenes.times()).label == label


@pytest.mark.parametrize("seed", [2, 5, 6, 7])
@pytest.mark.parametrize("axis", [1, 2])
def test_a_picture_that_is_rolled_for_good_is_damaged(seed: int, axis: int) -> None:
    view = scenes.room(seed)
    rolled = np.roll(scenes.burst(view, seed), 70 if axis == 1 else 130, axis=axis)
    assert judge(rolled, scenes.times()).label == "corruption"
    assert judge(scenes.burst(view, seed), scenes.times()).label == "healthy"


def tilting(frames: Frames) -> Frames:
    """A camera that looks further up from picture to picture: new rows come in, no old ones."""
    more = scenes.burst(scenes.room(11), 11, count=1)[0]
    whole = [np.concatenate((more, one)) for one in frames]
    return np.stack([one[176 - 9 * n : 356 - 9 * n] for n, one in enumerate(whole)])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_camera_that_tilts_does_not_run(seed: int) -> None:
    frames = tilting(scenes.burst(scenes.room(seed), seed))
    assert judge(frames, scenes.times()).label == "healthy"


def test_a_room_whose_halves_are_alike_adds_nothing_up_from_look_to_look() -> None:
    """A wall over a floor with the same chairs to both sides: it will look so in every look."""
    half, chance = scenes.burst(scenes.room(3), 3)[:, :, :160], np.random.default_rng(6)
    other = cv2.GaussianBlur(chance.normal(0, 1, (180, 160)).astype(np.float32), (0, 0), 1.2)
    other = half + (15 * other / other.std())[None, :, :, None]
    frames = np.concatenate((half, np.clip(other, 0, 255).astype(np.uint8)), axis=2)
    verdict = judge(frames, scenes.times())
    assert 0.6 < verdict.numbers["repeated_halves"] < 0.9
    assert verdict.label == "healthy"
    assert verdict.gathers.get("corruption", 0.0) < 0.5


def test_dead_columns_are_seen_before_a_plain_wall() -> None:
    shade = np.linspace(150, 176, 180)[None, :, None, None]
    wall = np.clip(shade + np.random.default_rng(2).normal(0, 2, (15, 180, 320, 3)), 0, 255).astype(np.uint8)
    assert judge(wall, scenes.times()).label == "healthy"
    wall[:, :, 90] = wall[:, :, 200:202] = 20
    assert judge(wall, scenes.times()).label == "corruption"


@pytest.mark.parametrize("seed", SEEDS)
def test_light_and_dark_changed_over_is_a_fault_of_colour_and_no_move(seed: int) -> None:
    frames = 255 - scenes.burst(scenes.room(seed), seed)
    assert judge(frames, scenes.times(), reference=learned(seed)).label == "colour_cast"


def skipping(frames: Frames) -> Frames:
    """A coder that takes over a third of the blocks into each picture and leaves the rest as they were."""
    chance = np.random.default_rng(9)
    out = frames.copy()
    for n in range(1, len(out)):
        kept = cv2.resize((chance.random((12, 20)) < 0.65).astype(np.uint8), (320, 180), interpolation=0) > 0
        out[n][kept] = out[n - 1][kept]
    return out


def every_second(frames: Frames) -> Frames:
    """A coder that repeats every second picture."""
    return skipping(frames)[np.arange(len(frames)) // 2 * 2]


def switched(frames: Frames) -> Frames:
    gain = np.where(np.arange(len(frames)) < 7, 1.0, 0.5)[:, None, None, None]
    return np.clip(frames * gain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", [skipping, every_second, switched])
def test_coders_and_lamps_are_no_fault(change: Callable[[Frames], Frames], seed: int) -> None:
    frames = scenes.burst(scenes.room(seed), seed, person=False)
    assert judge(change(frames), scenes.times()).label == "healthy"


def learned(seed: int) -> Reference:
    return learn_reference(scenes.burst(scenes.room(seed), 77, person=False))


def part_of(view: np.ndarray, zoom: float, x: float, y: float) -> np.ndarray:
    matrix = np.array([[zoom, 0, -x * 320 * (zoom - 1)], [0, zoom, -y * 180 * (zoom - 1)]], np.float32)
    return np.asarray(cv2.warpAffine(view, matrix, (320, 180)), np.float32)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("zoom", [1.3, 1.6, 2.0])
def test_a_camera_that_frames_a_part_of_its_view_was_not_moved(seed: int, zoom: float) -> None:
    frames = scenes.burst(part_of(scenes.room(seed), zoom, 0.4, 0.5), seed)
    verdict = judge(frames, scenes.times(), reference=learned(seed))
    assert (verdict.label, verdict.doubt) == ("healthy", ""), verdict


@pytest.mark.parametrize("seed", SEEDS)
def test_a_camera_that_frames_just_now_is_not_called_moved(seed: int) -> None:
    view = scenes.room(seed)
    frames = np.concatenate([scenes.burst(part_of(view, 1 + 0.06 * n, 0.6, 0.4), n, count=1) for n in range(15)])
    assert judge(frames, scenes.times(), reference=learned(seed)).label == "healthy"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("code", "detail"), [(-1, "upside_down"), (1, "mirrored")])
def test_a_view_on_its_head_or_in_the_mirror_is_named(seed: int, code: int, detail: str) -> None:
    frames = scenes.burst(np.asarray(cv2.flip(scenes.room(seed), code)), seed)
    verdict = judge(frames, scenes.times(), reference=learned(seed))
    assert (verdict.label, verdict.detail) == ("moved", detail)


def card(ground: tuple[int, int, int]) -> Frames:
    picture = np.full((180, 320, 3), ground, np.uint8)
    cv2.circle(picture, (160, 90), 40, (230, 230, 230), 6, cv2.LINE_AA)
    cv2.line(picture, (130, 120), (190, 60), (60, 60, 220), 6, cv2.LINE_AA)
    return np.repeat(picture[None], 15, axis=0)


@pytest.mark.parametrize("ground", [(0, 0, 0), (90, 40, 10), (60, 60, 60)])
def test_a_card_instead_of_the_room_is_a_closed_camera_and_not_a_frozen_one(ground: tuple[int, int, int]) -> None:
    assert judge(card(ground), scenes.times()).label == "privacy_closed"
    coded = np.stack([jpeg(one, 80) for one in card(ground)])
    assert judge(coded, scenes.times()).label == "privacy_closed"


def test_a_card_full_of_words_in_a_frame_is_a_closed_camera() -> None:
    picture = np.full((180, 320, 3), (70, 20, 0), np.uint8)
    cv2.rectangle(picture, (8, 8), (311, 171), (240, 210, 160), 3)
    for row, line in enumerate(("The camera", "is covered", "for privacy", "ask the host")):
        cv2.putText(picture, line, (60, 50 + 30 * row), cv2.FONT_HERSHEY_DUPLEX, 0.7, (250, 250, 250), 2)
    frames = np.stack([jpeg(picture, 60)] * 15)
    assert judge(frames, scenes.times()).label == "privacy_closed"


@pytest.mark.parametrize(("row", "size", "thick"), [(14, 0.4, 1), (174, 0.4, 1), (100, 0.8, 2), (120, 0.9, 3)])
def test_black_under_a_clock_is_black(row: int, size: float, thick: int) -> None:
    frames = scenes.with_noise(np.full((15, 180, 320, 3), 3, np.uint8), 1.5)
    for n, one in enumerate(frames):
        text = f"2026-11-24 10:42:{n // 10:02}"
        cv2.putText(one, text, (4, row), cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), thick)
    assert judge(frames, scenes.times()).label == "black"


@pytest.mark.parametrize("seed", SEEDS)
def test_half_the_rate_in_dim_light_is_by_design_and_in_good_light_a_fault(seed: int) -> None:
    frames = scenes.burst(scenes.room(seed), seed)
    times = [1000.0 * (n + 1) / 15.0 for n in range(22)]
    dim = scenes.with_noise(scenes.gamma_free(frames, 0.5), 4.0)
    assert judge(dim, times, nominal_fps=30.0).label == "healthy"
    slower = [1000.0 * (n + 1) / 8.0 for n in range(12)]
    assert judge(frames, slower, nominal_fps=30.0).label == "low_fps"
    bursts = [t + 90.0 * (n % 2) for n, t in enumerate(times)]
    assert judge(frames, bursts, nominal_fps=30.0).label == "low_fps"


def test_a_stream_that_stops_in_the_middle_is_too_slow_over_the_burst() -> None:
    frames = scenes.burst(scenes.room(1), 1)[:6]
    assert judge(frames, scenes.times(6)).label == "low_fps"
    assert judge(frames, scenes.times(6), burst_seconds=0.6).label == "healthy"


def test_a_glass_room_is_not_overexposed_and_a_bright_one_is() -> None:
    frames = scenes.gamma_free(scenes.burst(scenes.room(2), 2), 0.4)
    frames[:, :110, 60:260] = 255
    assert judge(frames, scenes.times()).label == "healthy"
    bright = scenes.gamma_free(scenes.burst(scenes.room(2), 2), 1.25)
    bright[:, :110, 60:260] = 255
    assert judge(bright, scenes.times()).label == "overexposed"


def wall(tone: tuple[int, int, int], grain: float, seed: int) -> Frames:
    chance = np.random.default_rng(seed)
    plaster = cv2.GaussianBlur(chance.normal(0, 1, (180, 320)).astype(np.float32), (0, 0), 0.8)
    still = np.array(tone, np.float32) + grain * (plaster / plaster.std())[..., None]
    return np.clip(still + chance.normal(0, 1.0, (15, 180, 320, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("tone", [(60, 85, 110), (80, 80, 82), (150, 150, 152)])
def test_a_plain_wall_with_grain_is_no_cover(tone: tuple[int, int, int]) -> None:
    assert judge(wall(tone, 1.6, 3), scenes.times()).label == "healthy"


def test_what_cannot_be_told_is_said_to_be_in_doubt() -> None:
    verdict = judge(wall((60, 85, 110), 1.6, 3), scenes.times())
    assert (verdict.label, verdict.doubt) == ("healthy", "covered")
    assert verdict.evidence["covered"] == pytest.approx(0.9)
    assert "covered" not in verdict.gathers, "the wall will look like this in every burst"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_washed_out_view_is_seen_against_the_learned_one_and_in_doubt_without(seed: int) -> None:
    frames = scenes.burst(scenes.room(seed), seed).astype(np.float32)
    veiled = np.clip(frames * 0.45 + 120, 0, 255).astype(np.uint8)
    assert judge(veiled, scenes.times(), reference=learned(seed)).label == "overexposed"
    assert judge(veiled, scenes.times()).label in ("healthy", "overexposed")
