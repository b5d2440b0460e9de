"""Every function that docs/architecture.md names exists where it says."""

from __future__ import annotations

import ast
import re

import pytest

from tests.docs.architecture import PAGE, ROOT

NAMED = re.findall(r"`((?:probes|monitor|alerting)/[\w/]+\.py):([\w.]+)`", PAGE)


@pytest.mark.parametrize(("file", "name"), NAMED, ids=str)
def test_what_the_page_names_is_there(file: str, name: str) -> None:
    body: list[ast.stmt] = ast.parse((ROOT / file).read_text()).body
    for part in name.split("."):
        found = [
            one
            for one in body
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and one.name == part
        ]
        assert found, f"{file} has no {name}"
        body = found[0].body


def test_every_folder_of_a_package_is_on_the_picture() -> None:
    for package in ("probes", "monitor", "alerting"):
        for folder in (ROOT / package).iterdir():
            if (folder / "__init__.py").exists():
                assert folder.name in PAGE, f"{package}/{folder.name}"


def test_every_class_of_the_glossary_is_there() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text()
    missing = []
    for dotted in re.findall(r"`((?:alerting|monitor|probes)(?:\.\w+)+)`", text):
        *parts, last = dotted.split(".")
        place = ROOT.joinpath(*parts)
        whole = ROOT.joinpath(*parts, last)
        if whole.with_suffix(".py").exists() or whole.is_dir():
            continue
        file = place.with_suffix(".py") if place.with_suffix(".py").exists() else place / "__init__.py"
        if not re.search(rf"^(class )?{last}\b", file.read_text(), re.MULTILINE):
            missing.append(dotted)
    assert not missing, f"docs/glossary.md names {', '.join(missing)}"
