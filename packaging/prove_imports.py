"""Proves that nothing which stays in the package imports what was left out of it: of ours anywhere, of libraries when
they are loaded. What a library loads by a call, or later, prove_running.py and tests/package run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ELSEWHERE = ("TYPE_CHECKING", "WINDOWS", "DARWIN", "BSD", "SOLARIS")
"""Conditions that are never true in a room."""
OURS = ("monitor", "probes", "alerting")


def modules(libraries: Path) -> set[str]:
    """The dotted names of all modules in the folder, compiled ones too."""
    found = set()
    for path in (*libraries.rglob("*.py"), *libraries.rglob("*.so")):
        parts = [*path.relative_to(libraries).parent.parts, path.name.partition(".")[0]]
        found.add(".".join(parts).removesuffix(".__init__"))
    return found


def broken_imports(libraries: Path, gone: set[str]) -> list[str]:
    """Each import of a module that is gone, with the file that would fail."""
    return [
        f"{path.relative_to(libraries)} imports {name}"
        for path in sorted(libraries.rglob("*.py"))
        for name in sorted(imports(path, libraries) & gone)
    ]


def imports(path: Path, libraries: Path) -> set[str]:
    parts = path.relative_to(libraries).with_suffix("").parts
    package = parts[:-1]
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:  # a library's template of a program
        return set()
    nodes = ast.walk(tree) if parts[0] in OURS else run_on_loading(tree.body)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, (base, node.module)))
            found |= {source} | {f"{source}.{one.name}" for one in node.names}
    return found


def run_on_loading(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that an import of the module runs, but those that may fail or are for elsewhere."""
    for node in body:
        if isinstance(node, ast.Try) and any(expects_failure(one) for one in node.handlers):
            continue
        if isinstance(node, ast.If) and any(one in ast.unparse(node.test) for one in ELSEWHERE):
            yield from run_on_loading(node.orelse)
            continue
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in ("body", "orelse", "finalbody"):
                yield from run_on_loading(getattr(node, part, []))


def expects_failure(handler: ast.ExceptHandler) -> bool:
    names = ast.unparse(handler.type) if handler.type else "Exception"
    return any(one in names for one in ("ImportError", "ModuleNotFoundError", "Exception"))
