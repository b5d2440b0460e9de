"""VictoriaMetrics' vmalert reads the shipped rules, in what the version of Debian 12 knows."""

import subprocess
from pathlib import Path

from bench.redundancy import for_vmalert

RULES = Path(__file__).parents[2] / "config" / "prometheus" / "roomwatch.rules.yml"


def test_vmalert_takes_the_shipped_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(for_vmalert(RULES.read_text()))
    done = subprocess.run(
        ["vmalert", "-dryRun", f"-rule={file}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_rule_is_lost_for_it() -> None:
    rules, made = RULES.read_text(), for_vmalert(RULES.read_text())
    for part in ("- alert: ", "- record: ", "expr: ", "summary: "):
        assert 0 < rules.count(part) == made.count(part)
