"""Role cards as cards: A6, front and back, with a code that a phone reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import msgspec
import pytest
from click.testing import CliRunner

from alerting.papers.plan.card_sheet import RoomCode, cards_html, write_cards
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.words import LANGUAGES, load_words
from monitor.commands.plan import plan as plan_command
from monitor.pages.table_sign import qr_svg

CONFIG = Path(__file__).resolve().parents[2] / "config"
LINK = "https://rooms.example.org/r/R305"
CODE = RoomCode(svg=qr_svg(LINK).decode(), link=LINK, name="305会议室")
A6_POINTS = (105 / 25.4 * 72, 148 / 25.4 * 72)


@pytest.fixture(scope="module")
def example() -> Plan:
    return load_plan(CONFIG / "examples" / "plan.acme.toml")


def printed(plan: Plan, language: str, folder: Path) -> list[tuple[float, float]]:
    """The size of each page in points."""
    (file,) = write_cards(plan, load_words(language), CODE, folder, ("pdf",))
    told = subprocess.run(["pdfinfo", "-l", "99", file], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in told.splitlines() if " size:" in line and line.startswith("Page ")]
    return [(float(line[3]), float(line[5])) for line in lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_role_has_a_card_of_two_sides_in_a6(example: Plan, language: str, tmp_path: Path) -> None:
    pages = printed(example, language, tmp_path)
    assert len(pages) == 2 * len(example.groups)
    assert all(page == pytest.approx(A6_POINTS, abs=0.5) for page in pages)


def test_the_code_on_paper_opens_the_room_s_page(example: Plan, tmp_path: Path) -> None:
    printed(example, "zh-CN", tmp_path)
    subprocess.run(["pdftoppm", "-r", "150", "-l", "1", "-png", "cards.pdf", "side"], cwd=tmp_path, check=True)
    (side,) = tmp_path.glob("side*.png")
    assert cv2.QRCodeDetector().detectAndDecode(cv2.imread(str(side)))[0] == LINK


def test_names_that_are_long_right_to_left_or_pictures_stay_on_their_cards(example: Plan, tmp_path: Path) -> None:
    odd = {"wang": "王" * 200, "li": "👩‍🔧🎤 Li 🚨", "chen": "محمد عبد الله", "sun": "<b>&\"'"}
    people = {key: msgspec.structs.replace(one, name=odd.get(key, one.name)) for key, one in example.contacts.items()}
    assert set(odd) < set(people)
    plan = msgspec.structs.replace(example, contacts=people)
    assert all(page == pytest.approx(A6_POINTS, abs=0.5) for page in printed(plan, "zh-CN", tmp_path))
    assert "<b>&" not in cards_html(plan, load_words("zh-CN"), CODE)


@pytest.mark.parametrize(("address", "code"), [("https://rooms.example.org/", True), ("", False)])
def test_cards_bear_a_code_once_an_address_of_the_pages_is_known(address: str, code: bool, tmp_path: Path) -> None:
    settings = f'state = "{tmp_path}/state"\nroom.id = "R305"\nweb.public_url = "{address}"\n'
    (tmp_path / "roomwatch.toml").write_text(settings)
    (tmp_path / "plan.toml").write_text((CONFIG / "examples" / "plan.acme.toml").read_text(encoding="utf-8"))
    asked = ["render", "--to", str(tmp_path), "--format", "html", "--config", str(tmp_path)]
    done = CliRunner().invoke(plan_command, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    page = (tmp_path / "cards.html").read_text(encoding="utf-8")
    assert (LINK in page, "<svg" in page) == (code, code)


def test_the_cards_of_a_plan_without_people_say_so() -> None:
    page = cards_html(load_plan(CONFIG / "plan.toml"), load_words("zh-CN"))
    assert "应急岗位卡片" in page
