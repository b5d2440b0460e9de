"""A document in the formats asked for, as files in a folder. Does not leave half a file behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from alerting.papers.rendering.content import Document
from alerting.papers.rendering.drawable_text import drawable

FORMATS = ("html", "pdf", "docx")


def write_document(
    document: Document, folder: Path, name: str, formats: Sequence[str] = FORMATS, template: Path | None = None
) -> Iterator[Path]:
    """Write name.html, name.pdf, name.docx and yield each. Raises CannotRender or OSError with what to do.

    template: an own .docx.
    """
    document = drawable(document)
    for kind in formats or FORMATS:
        yield from write_files(folder, name, {kind: _make(document, kind, template)})


def write_files(folder: Path, name: str, made: Mapping[str, bytes]) -> Iterator[Path]:
    """Write name.<ending> for each ending and yield it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for ending, content in made.items():
        yield _put(folder / f"{name}.{ending}", content)


def _make(document: Document, kind: str, template: Path | None) -> bytes:
    if kind == "html":
        from alerting.papers.rendering.html import render_html

        return render_html(document).encode()
    if kind == "pdf":
        from alerting.papers.rendering.pdf import render_pdf

        return render_pdf(document)
    from alerting.papers.rendering.docx_file import render_docx

    return render_docx(document, template)


def _put(target: Path, content: bytes) -> Path:
    """Written beside and moved over: a reader never sees half of it."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(0o640)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target
