"""Every code of a reason, in one table of a few parts. Its words are in the catalogues under ``reason.<code>``.

What a value holds follows from its name, so that one rule says it in every language:

- span: seconds
- people, who: ids of contacts, or names of people who are no contacts
- channel: a kind of way out, as the plan's [paths] name it, or a scheme of Apprise
- entry: the id of a backup or a material, or its name
- detail: a reason by itself, or what another program, a server or a library wrote
- text: what a person wrote
- fault, faults, over: codes of the catalogue of faults, each with its target
- phase, run_state, report_state, action, verb, held, found: one word of the program
- every other: a number, or a name that is the same in every language
"""

from __future__ import annotations

from collections.abc import Mapping

from alerting.model.reason_codes import audit, commands, delivery, incident, journal, measures
from alerting.model.reason_codes.code import ReasonCode

PARTS = (incident.CODES, delivery.CODES, measures.CODES, commands.CODES, journal.CODES, audit.CODES)
REASON_CODES: Mapping[str, ReasonCode] = {code: known for part in PARTS for code, known in part.items()}
