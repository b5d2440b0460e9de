"""What decoders complain of while they mend a picture: counted, never handed on. Runs in the capturing child.

libjpeg and FFmpeg fill in what is missing and hand the picture over as a good one; only their warnings tell.
"""

from __future__ import annotations

import os
import re

MENDED = re.compile(
    rb"Corrupt JPEG data: (?!\d+ extraneous bytes before marker 0xd9)|Premature end of JPEG"
    rb"|error while decoding MB|RTP: missed \d+ packets|corrupted macroblock|ac-tex damaged|error y=\d+ x=\d+"
)
"""One for each picture that libjpeg mended, some for each that FFmpeg did. Many webcams pad before the end marker: that
harms nothing."""
LONGEST = 65536
"""Bytes that a pipe holds; what is beyond was dropped by it."""


def hear_decoder() -> int:
    """Let the decoder's warnings, which go to standard error, go into a pipe that never blocks; its reading end."""
    reading, writing = os.pipe2(os.O_NONBLOCK)
    os.dup2(writing, 2)
    os.close(writing)
    return reading


def count_mended(heard: int) -> int:
    """Warnings since the last call that a picture was mended. Takes what is in the pipe; -1 hears nothing."""
    if heard < 0:
        return 0
    try:
        return len(MENDED.findall(os.read(heard, LONGEST)))
    except BlockingIOError:
        return 0
