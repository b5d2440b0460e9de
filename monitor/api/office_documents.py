"""Documents of feedback, papers, swaps of duty and stock."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from monitor.api.documents import PersonDocument, Text

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Day = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Score = Annotated[int, msgspec.Meta(ge=1, le=5)]


class FeedbackRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """score: from 1 (bad) to 5 (good). Nobody's name is kept with it."""

    score: Score
    text: Text = ""


class PaperDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The report of an incident. state: "draft", "review", "signed" or "sent". due: Unix seconds. turn: whose it is."""

    number: int
    room: str
    code: str
    opened_at: float
    state: str
    due: float | None
    late: bool
    turn: list[PersonDocument]


class Papers(msgspec.Struct, frozen=True, kw_only=True):
    """The newest fifty."""

    items: list[PaperDocument]


class WholePaper(PaperDocument, frozen=True, kw_only=True):
    """chapters: what people wrote, by the chapter's id. What is drafted where they wrote nothing stands in the file."""

    chapters: dict[str, str]


class ImprovementDocument(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    text: str
    owner: PersonDocument
    due: str
    late: bool


class Improvements(msgspec.Struct, frozen=True, kw_only=True):
    """Those that are open, the most urgent first."""

    items: list[ImprovementDocument]


class SwapDocument(msgspec.Struct, frozen=True, kw_only=True):
    """giver asked, taker stands in once agreed."""

    key: str
    roster: str
    day: str
    giver: PersonDocument
    taker: PersonDocument
    agreed: bool


class Swaps(msgspec.Struct, frozen=True, kw_only=True):
    """From today on."""

    items: list[SwapDocument]


class SwapRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks somebody to stand in for the token's contact. roster, taker: ids of the plan."""

    roster: Name
    day: Day
    taker: Name


class SwapAnswer(msgspec.Struct, frozen=True, kw_only=True):
    key: str


class PieceOut(msgspec.Struct, frozen=True, kw_only=True):
    """by: who took it. at: Unix seconds. incident: for which, null for none."""

    by: str
    at: float
    incident: int | None = None


class SpareDocument(msgspec.Struct, frozen=True, kw_only=True):
    """checked, next: days, "" for none. due: whether it is to be checked now."""

    id: str
    name: str
    place: str
    here: int
    minimum: int
    checked: str
    next: str
    due: bool
    out: list[PieceOut]


class Spares(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SpareDocument]


class SpareMove(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """name: an id of the plan."""

    verb: Literal["take", "return", "checked"]
    name: Name


class InspectionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """last: Unix seconds. due: the day since when it is due, "" for not now."""

    id: str
    name: str
    last: float | None
    due: str
    next: str


class InspectionList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[InspectionDocument]


class InspectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """name: an id of the plan. text: what was found."""

    name: Name
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
