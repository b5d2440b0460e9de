"""The recipes of CONTRIBUTING.md, and a copy of the tree in which they are followed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("alerting", "bench", "config", "docs", "monitor", "probes", "scripts", "systemd", "tests")


@dataclass(frozen=True)
class Step:
    """One block of a recipe. after: the name of the table behind whose opening line the block goes, "" for none."""

    path: str
    text: str
    after: str = ""


def recipe(title: str) -> list[Step]:
    """The blocks of one recipe, each with the last path that the sentence before it names."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    part = page.partition(f"### {title}\n")[2].partition("\n### ")[0]
    steps = []
    for before, text in re.findall(r"(.*?)```\w+\n(.*?)```", part, flags=re.DOTALL):
        path = re.findall(r"`([\w./-]+\.(?:py|toml))`", before)[-1]
        table = re.search(r"after `(\w+)`\s+opens", before)
        steps.append(Step(path, text, table[1] if table else ""))
    return steps


def copy_of_the_tree(folder: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("*.*"):
        if file.is_file():
            shutil.copy(file, folder / file.name)
    return folder


def follow(tree: Path, step: Step) -> None:
    file = tree / step.path
    if step.after:
        head, opening, rest = re.split(rf"(^{step.after}\b.*[({{]\n)", file.read_text(), maxsplit=1, flags=re.MULTILINE)
        file.write_text(head + opening + step.text + rest)
    elif file.exists():
        file.write_text(file.read_text() + "\n" + step.text)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(step.text)


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A Python command in the copy, which shadows the tree that the tests themselves run in."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTEST_XDIST_WORKER": "", "PYTEST_ADDOPTS": "-p no:xdist"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
