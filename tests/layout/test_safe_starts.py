"""Whoever starts roomwatch in a folder runs no file of that folder: each start of Python in the product says -P.

Without it Python looks first into the current folder: a file http.py there ran in the process that holds the addresses.
Not -I: it ignores PYTHONPATH too, by which a tree that is not installed finds itself. -P costs no time.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = sorted(file for package in ("alerting", "monitor", "probes") for file in (ROOT / package).rglob("*.py"))
UNITS = sorted(file for folder in ("systemd", "debian") for file in (ROOT / folder).rglob("*.service"))


def starts(tree: ast.AST) -> Iterator[tuple[int, bool]]:
    """(line, whether -P follows) of each command line that begins with Python, or has it after a prefix."""
    assigned = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
        for part in (node.targets[0], node.value)
    }
    for node in ast.walk(tree):
        if id(node) in assigned:
            continue  # a, b = c, d
        words = node.args if isinstance(node, ast.Call) else getattr(node, "elts", [])
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Path", "shlex.quote", "os.execv"):
            continue  # a path, not a command line; and execv has the command line in its list
        for at, word in enumerate(words):
            if is_python(word):
                following = words[at + 1] if at + 1 < len(words) else None
                yield word.lineno, isinstance(following, ast.Constant) and following.value == "-P"


def is_python(word: ast.expr) -> bool:
    if isinstance(word, ast.Constant):
        return isinstance(word.value, str) and re.fullmatch(r"(.*/)?python[\d.]*", word.value) is not None
    name = ast.unparse(word)
    return name == "sys.executable" or re.fullmatch(r"(self\.)?_?python\w*", name) is not None


def test_each_start_of_python_leaves_the_current_folder_out() -> None:
    found = [(file, *one) for file in PRODUCT for one in starts(ast.parse(file.read_text()))]
    places = {str(file.relative_to(ROOT)) for file, _, _ in found}
    assert {"alerting/sending/client.py", "alerting/inbound/listener.py", "probes/child/isolate.py"} <= places
    unsafe = [f"{file.relative_to(ROOT)}:{line}" for file, line, safe in found if not safe]
    assert not unsafe, "say -P: " + ", ".join(unsafe)


def test_python_is_named_by_nothing_that_the_rule_cannot_see() -> None:
    """sys.executable stands in a command line, is the value of a name that says python, or is made a path."""
    seen = re.compile(r"\[sys\.executable, |\(sys\.executable, |^ +sys\.executable,$|python: str = sys\.executable,?$"
                      r"|Path\(sys\.executable\)")  # fmt: skip
    lines = [(file, line) for file in PRODUCT for line in file.read_text().splitlines() if "sys.executable" in line]
    assert [f"{file.relative_to(ROOT)}: {line.strip()}" for file, line in lines if not seen.search(line)] == []


def test_each_unit_starts_python_so_too() -> None:
    commands = [
        line for unit in UNITS for line in unit.read_text().splitlines() if re.match(r"Exec\w+=.*/python", line)
    ]
    assert commands
    assert [line for line in commands if "/python -P " not in line] == []
