"""One room as a page: what is broken first, then every check. Pure: a status document in, HTML out; no script."""

from __future__ import annotations

from html import escape
from typing import Any

from alerting.plan.wall_time import clock
from alerting.service.incident_view import action, also, loose_faults, people, reported, take, title, trouble
from alerting.words import LANGUAGES, Words, known_language, load_words
from monitor.views.check_note import note
from monitor.views.meeting import meeting_lines
from monitor.views.premeeting import SHOWN_AFTER_SECONDS, headline, state
from monitor.views.readable import check_name, readings

_STYLE = """
:root{color-scheme:light dark;--ok:#1a7f4b;--degraded:#b26a00;--failed:#c62828;--unknown:#6b7280;--line:#8884}
*{box-sizing:border-box}body{font:16px/1.5 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;
margin:0 auto;max-width:60rem;padding:1.5rem 1rem}
h1{font-size:1.15rem;margin:0;font-weight:600}h2{font-size:1rem;margin:2rem 0 .5rem}
header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;flex-wrap:wrap}
.verdict{font-size:1.7rem;font-weight:650;margin:.6rem 0 .1rem}.failed{color:var(--failed)}.ok{color:var(--ok)}
.degraded,.suspected{color:var(--degraded)}.unknown{color:var(--unknown)}small,.quiet{color:var(--unknown)}
.fault{border-left:.35rem solid var(--failed);padding:.4rem 0 .4rem .9rem;margin:.9rem 0}
.fault.degraded-edge{border-color:var(--degraded)}.fault.warning{border-color:var(--degraded)}.fault.notice,.fault.drill{border-color:var(--unknown)}
.fault>b{font-size:1.1rem}.take{font-weight:650}.chip{border-radius:.7rem;padding:.05rem .55rem;font-size:.85rem;
color:#fff;background:var(--unknown)}.chip.critical{background:var(--failed)}.chip.warning{background:var(--degraded)}
.act{margin-top:.3rem}
.banner{background:var(--failed);color:#fff;padding:.7rem 1rem;border-radius:.4rem;margin:1rem 0;font-weight:600}
table{border-collapse:collapse;width:100%;font-size:.92rem}td,th{text-align:left;padding:.35rem .6rem .35rem 0;
border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600}td.state{white-space:nowrap}
.reading{white-space:nowrap;margin-right:.8em}.scroll{overflow-x:auto}code{font-size:.85em}a{color:inherit}
"""


def _readings(values: dict[str, float], words: Words) -> str:
    parts = [
        f'<span class="reading">{escape(name)} <b>{escape(text)}</b></span>' for name, text in readings(values, words)
    ]
    return " ".join(parts)


def _verdict(status: dict[str, Any], words: Words) -> str:
    if text := trouble(status, words):
        return f'<p class="verdict failed">{escape(text)}</p>'
    if not status["ready"]:
        return f'<p class="verdict unknown">{escape(words.text("page.learning"))}</p>'
    blind = sum(check["state"] == "unknown" for check in status["checks"])
    if blind:
        return f'<p class="verdict unknown">{escape(words.text("page.blind", count=blind))}</p>'
    return f'<p class="verdict ok">{escape(words.text("page.all_well"))}</p>'


def _fault(fault: dict[str, Any], words: Words, zone: str) -> str:
    code, target = fault["code"], fault["target"]

    def say(part: str) -> str:
        key = f"fault.{code}.{part}"
        return escape(words.text(key, target=target, room=fault["room"]) if words.has(key) else code)

    symptoms = [words.text(f"fault.{one}.title", target="", room="") for one in fault["symptoms"]]
    explained = (
        f'<div class="quiet">{escape(words.text("page.symptoms", symptoms=", ".join(symptoms)))}</div>'
        if symptoms
        else ""
    )
    since = escape(words.text("page.since", time=clock(fault["since"], zone)))
    where = f" <code>{escape(target)}</code>" if target and escape(target) not in say("title") else ""
    return (
        f'<div class="fault"><b>{say("title")}</b>{where} <small>{since}</small>'
        f'<div>{say("what")}</div><div class="act">{say("act")}</div>{explained}</div>'
    )


def _incident(one: dict[str, Any], words: Words, zone: str) -> str:
    """What is wrong and what comes first, then who has it, or how to take it."""
    severity = f'<span class="chip {one["severity"]}">{escape(words.text("severity." + one["severity"]))}</span>'
    since = escape(words.text("page.since", time=clock(one["opened_at"], zone)))
    small = "".join(
        f'<div class="quiet">{escape(line)}</div>' for line in (reported(one, words), also(one, words)) if line
    )
    how = f' · <b class="take">{escape(take(one, words))}</b>' if not one["taken_by"] else ""
    return (
        f'<div class="fault {"drill" if one["drill"] else one["severity"]}"><b>#{one["number"]} '
        f"{escape(title(one, words))}</b> {severity} <small>{since}</small>"
        f'<div class="act">{escape(action(one, words))}</div><div>{escape(people(one, words))}{how}</div>{small}</div>'
    )


def _check(check: dict[str, Any], words: Words) -> str:
    state = check["state"]
    target = f" <code>{escape(check['target'])}</code>" if check["target"] else ""
    return (
        f'<tr><td title="{escape(check["check"])}">{escape(check_name(check["check"], words))}{target}</td>'
        f'<td class="state {state}">● {escape(words.text("status." + state))}</td>'
        f"<td>{_readings(check['values'], words)}</td><td>{escape(note(check, words))}</td></tr>"
    )


def _premeeting(status: dict[str, Any], words: Words) -> str:
    """The last check before a meeting, while that meeting is near."""
    checked = status["premeeting"]
    if checked is None or checked["starts_at"] < status["now"] - SHOWN_AFTER_SECONDS:
        return ""
    colour = {"go": "ok", "no_go": "failed", "cannot_tell": "unknown"}[state(checked)]
    return f'<div class="{colour}">{escape(headline(checked, words, status["timezone"]))}</div>'


def render(status: dict[str, Any], language: str = "") -> str:
    """The page. language: one that there are catalogues for; anything else takes the room's own."""
    language = known_language(language, status["language"])
    words = load_words(language)
    zone = status["timezone"]
    others = "".join(
        f' <a href="?lang={one}" lang="{one}">{escape(traits.name)}</a>'
        for one, traits in LANGUAGES.items()
        if one != language
    )
    meeting = "".join(
        f'<div class="quiet">{escape(line)}</div>'
        for line in meeting_lines(status["meeting"], status["now"], words, zone)
    )
    name = escape(status["name"] or status["room"])
    banners = ""
    if status["nobody_reachable"]:
        banners += f'<p class="banner">{escape(words.text("page.nobody"))}</p>'
    observe = f" · {escape(words.text('page.observe'))}" if status["mode"] == "observe" else ""
    incidents = "".join(_incident(one, words, zone) for one in status["incidents"])
    faults = "".join(_fault(fault, words, zone) for fault in loose_faults(status))
    checks = "".join(_check(check, words) for check in status["checks"])
    head = "".join(f"<th>{escape(words.text('page.' + part))}</th>" for part in ("check", "state", "readings", "note"))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{name} · Roomwatch</title>'
        f"<style>{_STYLE}</style></head><body><header><h1>{name}</h1>"
        f"{others}</header>"
        f"{_verdict(status, words)}"
        f'{meeting}{_premeeting(status, words)}<div class="quiet">'
        f"{escape(words.text('page.updated', time=clock(status['now'], zone)))}{observe}</div>{banners}"
        + (f"<h2>{escape(words.text('page.incidents'))}</h2>{incidents}" if incidents else "")
        + (f"<h2>{escape(words.text('page.faults'))}</h2>{faults}" if faults else "")
        + f"<h2>{escape(words.text('page.checks'))}</h2>"
        f'<div class="scroll"><table><tr>{head}</tr>{checks}</table></div>'
        "</body></html>"
    )
