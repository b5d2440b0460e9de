"""The judge's own percentiles and medians against numpy's, and that a look loads nothing of numpy's masked arrays."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from probes.microphone.ranks import distinct, median, medians, percentile

ROOT = Path(__file__).resolve().parents[2]

JUDGING = """
import json, sys
from types import SimpleNamespace
from probes.child.isolated import _import_alone
judge = _import_alone("probes.microphone.judge_samples").judge_samples
import numpy as np
sound = np.random.default_rng(1).normal(0, 0.01, 144000)
heard = judge(sound, 48000.0, SimpleNamespace(**json.loads(sys.argv[1])))
print(json.dumps([heard.label, sorted(sys.modules)]))
"""


@pytest.mark.parametrize("count", [1, 2, 3, 10, 187, 300])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_they_are_numpy_s(count: int, kind: type[np.floating]) -> None:
    values = np.random.default_rng(count).normal(-40, 20, count).astype(kind)
    for share in (0, 2, 5, 20, 50, 95, 97, 100):
        assert percentile(values, share) == pytest.approx(float(np.percentile(values, share)), rel=1e-6)
    assert median(values) == float(np.median(values))
    rows = np.tile(values, (3, 1)) + np.arange(3, dtype=kind)[:, None]
    assert np.array_equal(medians(rows), np.median(rows, axis=1))
    assert np.array_equal(distinct(np.round(values)), np.unique(np.round(values)))


def test_a_look_loads_no_masked_arrays() -> None:
    import msgspec

    from probes.microphone.limits import Limits

    limits = json.dumps(msgspec.to_builtins(Limits()))
    said = subprocess.run(
        [sys.executable, "-c", JUDGING, limits], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    label, loaded = json.loads(said.stdout)
    assert label == "healthy"
    assert "numpy" in loaded
    assert "numpy.ma" not in loaded
