"""What decoders complain of while they mend a damaged stream, counted as the capturing child counts it.

H.264 is decoded by a child of its own: OpenCV takes FFmpeg's level of complaints once, when it first opens a film.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from probes.camera.decoder_words import count_mended, hear_decoder
from probes.camera.why_no_picture import hear_ffmpeg


def mended_jpegs(data: list[bytes]) -> int:
    """Pictures that libjpeg mended or gave up."""
    from bench.clips.video_coding import unpacked

    kept = os.dup(2)
    heard = hear_decoder()
    mended = 0
    try:
        for one in data:
            try:
                unpacked(one)
            except ValueError:
                mended += 1
            else:
                mended += min(1, count_mended(heard))
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(heard)
    return mended


def mended_h264(stream: bytes) -> int:
    """Pictures of which FFmpeg complained."""
    with tempfile.NamedTemporaryFile(suffix=".h264") as file:
        file.write(stream)
        file.flush()
        done = subprocess.run([sys.executable, __file__, file.name], capture_output=True, timeout=60, check=True)
    return int(json.loads(done.stdout.splitlines()[-1]))


def _count(name: str) -> int:
    """In the child. What is said while the stream is opened is not counted, as in the product."""
    import cv2

    heard = hear_ffmpeg()
    film = cv2.VideoCapture(name, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    count_mended(heard)
    mended = 0
    while film.grab():
        film.retrieve()
        mended += min(1, count_mended(heard))
    film.release()
    return mended


if __name__ == "__main__":
    answer = os.dup(1)
    os.write(answer, f"{_count(sys.argv[1])}\n".encode())
