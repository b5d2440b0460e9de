"""Runs one PAC script in a child process: which proxies it names for some addresses.

The script comes from the network. It gets no file and no socket, only questions for names; the child's limits bound it.
"""

from __future__ import annotations

import warnings
from typing import Any

MOST_TEXT = 160
MOST_PROXIES = 8


def evaluate(argument: dict[str, Any]) -> dict[str, Any]:
    """argument: {"script", "urls", "address": this machine's own}. Returns {"answers": {url: proxies}}, each a URL or
    "DIRECT" in the script's order, or {"error"}."""
    import urllib.parse

    from dukpy import JSRuntimeError
    from pypac import parser, parser_functions

    # The library's own asks for this machine's name, which Debian resolves to 127.0.1.1.
    parser_functions.function_injections["myIpAddress"] = lambda: str(argument["address"])
    answers: dict[str, list[str]] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a proxy's kind that it does not know, which is left out
            script = parser.PACFile(str(argument["script"]))
            for url in argument["urls"]:
                said = script.find_proxy_for_url(url, urllib.parse.urlsplit(url).hostname or "")
                # Without an answer a program goes directly.
                answers[url] = [_whole(one) for one in parser.parse_pac_value(str(said or "DIRECT"))[:MOST_PROXIES]]
    except (JSRuntimeError, parser.MalformedPacError, ValueError, TypeError) as error:
        return {"error": " ".join(str(error).split())[:MOST_TEXT]}
    return {"answers": answers}


def _whole(proxy: str) -> str:
    """With its port: browsers take 80, where a script leaves it out."""
    scheme, _, place = proxy.partition("://")
    return f"{proxy}:80" if scheme == "http" and ":" not in place.rpartition("]")[2] else proxy
