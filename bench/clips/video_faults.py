"""All mechanisms of faults, made of real scenes."""

from __future__ import annotations

import bench.clips.video_faults_colour
import bench.clips.video_faults_damage
import bench.clips.video_faults_stream
import bench.clips.video_faults_view  # noqa: F401
from bench.clips.video_mechanisms import FAULTS

__all__ = ["FAULTS"]
