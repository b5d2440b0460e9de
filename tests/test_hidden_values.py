"""No value that may open a door stands in what is said of a wrong configuration, wherever it was written."""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.configuration import ConfigurationError, Layers, Problem, Secret, structure
from alerting.configuration.problem import may_open
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from monitor.settings import load, probe_modules
from monitor.settings.model import Settings
from probes import PROBES

WORD = "S3CRETpw"
ADDRESS = f"json://u:{WORD}@127.0.0.1/{WORD}"
WRONG: tuple[Any, ...] = (
    WORD,
    ADDRESS,
    [WORD],
    [ADDRESS],
    [[ADDRESS]],
    {"one": WORD},
    {"one": [ADDRESS]},
    {"env": [WORD]},
    [{"one": ADDRESS}],
    [5, ADDRESS],
    f"u:{WORD}@host/path",
)
"""What people write where a secret belongs: the secret itself, with and without brackets, at the wrong level."""


def places(kind: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place of a value below a type: tables of names have one called "one", arrays have a first."""
    origin = typing.get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind, include_extras=True)
        for item in msgspec.structs.fields(kind):
            yield (*at, item.encode_name)
            yield from places(hints[item.name], (*at, item.encode_name))
    elif origin in (dict, Mapping):
        yield (*at, "one")
        yield from places(typing.get_args(kind)[1], (*at, "one"))
    elif origin in (tuple, list):
        yield from places(typing.get_args(kind)[0], (*at, "0"))
    else:
        for part in typing.get_args(kind):
            if isinstance(part, type) or typing.get_args(part):
                yield from places(part, at)


def table_with(place: tuple[str, ...], value: Any) -> Any:
    for part in reversed(place):
        value = [value] if part == "0" else {part: value}
    return value


ROOTS: dict[str, type[msgspec.Struct]] = {
    "settings": Settings,
    "plan": Plan,
    **{name: module.Settings for name, module in probe_modules(list(PROBES)).items()},
}


def doors() -> list[tuple[str, tuple[str, ...]]]:
    """Those places at or below which a secret can stand, or whose own name says so."""
    found = []
    for root, kind in ROOTS.items():
        every = list(dict.fromkeys(places(kind)))
        opening = {place for place in every if may_open(".".join(place))}
        found += [(root, one) for one in every if any(door[: len(one)] == one for door in opening) or one in opening]
    return found


DOORS = doors()


def test_every_place_of_a_secret_is_called_by_a_name_that_says_so() -> None:
    """The names are what hides a value; a new secret by another name must not be shown."""

    def secrets(kind: Any, at: tuple[str, ...] = ()) -> Iterator[str]:
        if kind is Secret:
            yield ".".join(at)
        elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            hints = typing.get_type_hints(kind, include_extras=True)
            for item in msgspec.structs.fields(kind):
                yield from secrets(hints[item.name], (*at, item.encode_name))
        else:
            for part in typing.get_args(kind):
                yield from secrets(part, at)

    found = {place for kind in ROOTS.values() for place in secrets(kind)}
    assert {"contacts.channels", "inbound.mail.password", "heartbeat.url", "web.users"} <= found
    assert [one for one in found if not may_open(one)] == []


@pytest.mark.parametrize(("root", "place"), DOORS, ids=[f"{root}:{'.'.join(place)}" for root, place in DOORS])
def test_what_stands_where_a_secret_can_is_never_said(root: str, place: tuple[str, ...]) -> None:
    refused = 0
    for value in WRONG:
        try:
            structure(ROOTS[root], Layers(table_with(place, value)))
        except ConfigurationError as error:
            refused += 1
            assert WORD not in str(error)
            assert WORD not in repr(error.problems)
    assert refused


def test_there_are_doors_at_every_level() -> None:
    assert {
        ("plan", ("contacts",)),
        ("plan", ("contacts", "one", "channels")),
        ("settings", ("inbound", "mail")),
        ("settings", ("heartbeat", "one", "url")),
        ("settings", ("heartbeat", "one", "on_failure")),
        ("calendar", ("url",)),
        ("camera", ("network", "one", "url")),
        ("network", ("proxy",)),
    } <= set(DOORS)


CONFIGURATIONS = {
    "no name level": f'[inbound.mail]\nhost = "imap.example.org"\nuser = "room"\npassword = "{WORD}"\n',
    "token in brackets": f'[inbound.ntfy]\nurl = "https://ntfy.example.org"\ntoken = ["{WORD}"]\n',
    "calendar in brackets": f'[calendar]\nurl = ["https://u:{WORD}@host/cal.ics"]\n',
    "heartbeat without a name": f'[heartbeat]\nurl = ["https://beat.example.org/{WORD}"]\n',
    "heartbeat is an address": f'heartbeat = "https://beat.example.org/{WORD}"\n',
    "camera": f'[probes.camera.network.front]\nurl = "rtsp://admin:{WORD}@192.0.2.7/stream"\n',
    "probes are an address": f'probes = "https://u:{WORD}@host/"\n',
    "a key": f'["https://u:{WORD}@host/"]\nurl = 1\n',
    "another key": f'[web]\nscrapers = ["https://u:{WORD}@host/"]\n',
    "a proxy": f'[probes.network]\nproxy = ["http://u:{WORD}@proxy.example.org:3128"]\n',
    "unused": f'[calendar]\npassword = {{ env = "{WORD}" }}\nuser = "u"\n',
    "not closed": f'[inbound.mail.a]\npassword = "{WORD}\n',
    "no quotes": f"[inbound.mail.a]\npassword = {WORD}\n",
    "twice": f'[inbound.mail.a]\npassword = "{WORD}"\npassword = "{WORD}"\n',
}


@pytest.mark.parametrize("text", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_a_refused_configuration_is_told_without_its_secrets(text: str, tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path)
    assert WORD not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f'[contacts.wang]\nname = "Wang"\nchannels = "{ADDRESS}"\n',
        f'[contacts]\nname = "Wang"\nchannels = ["{ADDRESS}"]\n',
        f'contacts = "{ADDRESS}"\n',
        f'[gateways.sms]\nurl = "https://sms.example.org"\nheaders = ["Bearer {WORD}"]\n',
        f'[backups.zoom]\napplication = "zoom"\njoin = ["https://zoom.us/j/1?pwd={WORD}"]\n',
    ],
)
def test_a_refused_plan_is_told_without_its_secrets(text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_plan(tmp_path / "plan.toml")
    assert WORD not in str(caught.value)


def test_an_address_of_services_is_told_without_its_login(tmp_path: Path) -> None:
    services = tmp_path / "services.toml"
    services.write_text(f'[own]\nname = "o"\nurl = "u:{WORD}@host"\nsource = "s"\ndate = "2026-01-01"\n')
    (tmp_path / "roomwatch.toml").write_text(f'[probes.network]\nservices_file = "{services}"\n')
    with pytest.raises(ConfigurationError, match=r"own\.url") as caught:
        load(tmp_path)
    assert WORD not in str(caught.value)


def test_what_cannot_open_a_door_is_said() -> None:
    day = dt.date(2026, 1, 5)
    for path, value in (("web.port", "x"), ("room.language", "de"), ("rosters.week.start", str(day))):
        assert str(Problem(file="a", path=path, value=value, message="is wrong")) == f"a: {path} = {value}: is wrong."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("https://u:PW@example.org:84/PW, tgram://PW/1 too", "https://***@example.org:84/***, tgram://*** too"),
        ("['https://u:P,W@example.org', 'https://example.org?key=PW']", "['https://***@example.org', 'https://example.org/***']"),
        ("https://u:P'W@example.org/", "https://***@example.org/"),
        ("such as http://alerts-1:9093, https:// or https://…", "such as http://alerts-1:9093, https:// or https://…"),
        ("http://[2001:db8::1]:9093/", "http://[2001:db8::1]:9093/"),
    ],
)  # fmt: skip
def test_an_address_in_a_sentence_keeps_its_host_alone(written: str, said: str) -> None:
    assert Problem(file="a", message=written).message == said
