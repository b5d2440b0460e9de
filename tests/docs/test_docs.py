"""The documentation says what the product is: reference pages made from it, links that lead somewhere."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from alerting.model.catalogue import KINDS
from bench.imports import LIBRARIES
from monitor.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference pages from a process of their own: click keeps a command's help option as its first caller had it,
    and here that may be another test."""
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, str(ROOT / "scripts" / "reference.py"), str(folder)], check=True, timeout=60)
    return folder


@pytest.mark.parametrize("name", ["commands.md", "configuration.md", "faults.md", "metrics.md"])
def test_a_reference_page_is_what_the_product_says_now(name: str, made: Path) -> None:
    assert (ROOT / "docs" / name).read_text() == (made / name).read_text(), "run python scripts/reference.py"


def rows_of(page: str) -> list[list[str]]:
    """The cells of each key's row."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("| `") and line.count("|") == 6
    ]


def test_each_key_says_what_it_means_and_each_number_what_raising_and_lowering_it_does() -> None:
    rows = rows_of((ROOT / "docs" / "configuration.md").read_text())
    assert len(rows) > 250
    assert [key for key, _, meaning, *_ in rows if len(meaning) < 10] == []
    numbers = [row for row in rows if re.fullmatch(r"`-?[\d.]+`", row[1]) and not row[0].endswith("port`")]
    assert len(numbers) > 130
    assert [row[0] for row in numbers if not (row[3] and row[4])] == []


def test_nothing_is_said_of_a_key_that_is_no_more() -> None:
    """The names below a table of scripts/keys.toml are keys of the page, by that table or by one that * stands for."""
    there = {key.strip("`") for key, *_ in rows_of((ROOT / "docs" / "configuration.md").read_text())}
    lost = []
    for place, keys in tomllib.loads((ROOT / "scripts" / "keys.toml").read_text()).items():
        words = [] if place == "daemon" else place.removeprefix("daemon.").split(".")
        for name in keys:
            pattern = r"\.".join(r"[^.]+" if word == "*" else re.escape(word) for word in (*words, name))
            lost += [] if any(re.fullmatch(pattern, key) for key in there) else [f"{place}.{name}"]
    assert lost == []


def test_every_command_and_every_fault_is_on_its_page() -> None:
    commands = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in COMMANDS if f"## roomwatch {name}\n" not in commands] == []
    faults = (ROOT / "docs" / "faults.md").read_text()
    assert [code for code in KINDS if f"`{code}`" not in faults] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"`[^`\n]*`", "", page.read_text())  # a pattern in code, as "[登录](页|窗口)", is no link
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", prose)
    assert [target for target in targets if not (page.parent / target).exists()] == []


def in_the_package() -> set[str]:
    """Pages below /usr/share/doc/roomwatch, by the lists from which the package is made."""
    lines = (ROOT / "debian/roomwatch.install").read_text().splitlines()
    folders = {pattern: place for pattern, place in map(str.split, lines) if place.startswith("usr/share/doc/")}
    assert set(folders.values()) <= {"usr/share/doc/roomwatch/docs"}
    named = {str(file.relative_to(ROOT)) for pattern in folders for file in ROOT.glob(pattern)}
    return named | set((ROOT / "debian/roomwatch.docs").read_text().split())


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_page_that_the_readme_links_to_is_in_the_package(readme: str) -> None:
    there = in_the_package()
    linked = set(re.findall(r"\]\((docs/[^)#/]+\.md)", (ROOT / readme).read_text()))
    assert linked
    assert linked - there == set()
    assert [one for one in there if "pictures" in one or "adr" in one] == []
    assert "-X.md" in (ROOT / "debian/rules").read_text(), "a compressed page has another name"


def anchors_of(page: str) -> set[str]:
    """The names under which GitHub links to the headings of a page."""
    headings = re.findall(r"^#{1,6} (.+)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_into_a_page_leads_to_one_of_its_headings(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*\.md)?#([^)]+)\)", page.read_text())
    assert [
        (file, heading)
        for file, heading in links
        if heading not in anchors_of((page.parent / file if file else page).read_text())
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_bench_that_a_page_names_is_there(page: Path) -> None:
    files = re.findall(r"\bbench/[\w/]+\.py\b", page.read_text())
    modules = re.findall(r"\bpython -m\s(bench\.\w+)", page.read_text())
    named = [*files, *(f"{module.replace('.', '/')}.py" for module in modules)]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_file_that_is_installed_by_hand_is_there() -> None:
    readme = (ROOT / "README.md").read_text() + (ROOT / "docs" / "install.md").read_text()
    named = re.findall(r"(?<![/\w])((?:systemd|config|scripts|bench|docs)/[\w./@*-]+\w)", readme)
    assert len(named) > 15
    assert [name for name in named if not list(ROOT.glob(name))] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_names_what_it_costs(page: Path) -> None:
    text = page.read_text()
    assert re.match(rf"# {int(page.name[:4])}\. ", text)
    for part in ("**Status**", "**Context.**", "**Decision.**", "**Consequences.**", "Negative:"):
        assert part in text


def test_every_dependency_has_its_line_in_the_record() -> None:
    import tomllib

    record = (ROOT / "docs" / "adr" / "0002-dependencies.md").read_text()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = [re.split(r"[>=<~]", line)[0] for line in wanted]
    assert [name for name in names if f"| {name}" not in record] == []
    assert sorted(name.partition(" ")[0] for name in LIBRARIES) == sorted(names), "bench/imports.py measures them"
