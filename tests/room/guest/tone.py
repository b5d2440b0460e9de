"""A 1 kHz tone in a little noise for the sound loop, S16 stereo 48 kHz on standard output: tone.py DBFS|silence."""

import array
import math
import random
import sys

amplitude = 0.0 if sys.argv[1] == "silence" else 32767 * 10 ** (float(sys.argv[1]) / 20) * math.sqrt(2)
noise = random.Random(1)
samples = []
for n in range(48000):
    value = round(amplitude * math.sin(2 * math.pi * n / 48) + (noise.gauss(0, 2) if amplitude else 0))
    samples += [value, value]
second = array.array("h", samples).tobytes()
while True:
    sys.stdout.buffer.write(second)
