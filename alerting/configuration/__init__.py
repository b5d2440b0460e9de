"""Reads TOML strictly: layers merged, every problem at once with file, dotted path, value and remedy.

Owns reading, merging and secrets.
"""

from alerting.configuration.effective import effective
from alerting.configuration.layers import Layers, overlays, read_layers, read_table
from alerting.configuration.problem import UNSAID, ConfigurationError, Problem
from alerting.configuration.secret import INLINE, Secret, SecretUnreadable
from alerting.configuration.structure import structure

__all__ = [
    "INLINE",
    "UNSAID",
    "ConfigurationError",
    "Layers",
    "Problem",
    "Secret",
    "SecretUnreadable",
    "effective",
    "overlays",
    "read_layers",
    "read_table",
    "structure",
]
