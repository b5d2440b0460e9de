"""The stylesheets and scripts that the pages bring."""

from pathlib import Path

from monitor.pages.rendering import read_static


def test_a_copy_that_dpkg_left_beside_a_script_is_not_served(tmp_path: Path) -> None:
    for name in ("page.css", "page.js", "page.js.dpkg-tmp"):
        (tmp_path / name).write_text("x")
    assert read_static(tmp_path) == {"page.css": "x", "page.js": "x"}
