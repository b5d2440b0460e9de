"""The report's chapters, by the ids under which the office edits them. Nothing else."""

from __future__ import annotations

CHAPTERS = ("overview", "cause", "response", "feedback", "evaluation", "improvements")
"""In the order in which they are printed; titles are in the catalogues under ``report.chapter.<id>``."""
