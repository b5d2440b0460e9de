"""Values that are never printed, and where they stand."""

from __future__ import annotations

import os
from pathlib import Path


class SecretUnreadable(LookupError):
    """A secret that cannot be read. place: what the text says, for whoever has words of their own: "env NAME"."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


INLINE = "written in the file"
"""Where a secret comes from that is no name of another place."""


class Secret:
    """A value that is never printed: literal, or read from a file, the environment or a systemd credential.

    Read when it is revealed, so that a renewed credential is used without a restart.
    """

    __slots__ = ("_kind", "_place")

    def __init__(self, kind: str, place: str) -> None:
        self._kind = kind
        self._place = place

    def __repr__(self) -> str:
        return "Secret(literal)" if self._kind == "literal" else f"Secret({self._kind} {self._place})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self._kind, self._place) == (other._kind, other._place)

    def __hash__(self) -> int:
        return hash((self._kind, self._place))

    @property
    def origin(self) -> str:
        """Where the value comes from, safe to print."""
        return INLINE if self._kind == "literal" else f"{self._kind} {self._place}"

    def reveal(self) -> str:
        """The value itself. Raises SecretUnreadable with a sentence that names the place, never the value."""
        if self._kind == "literal":
            return self._place
        if self._kind == "env":
            value = os.environ.get(self._place)
            if value is None:
                raise SecretUnreadable(self.origin, f"the environment has no {self._place}")
            return value.strip()
        path = Path(self._place)
        if self._kind == "credential":
            folder = os.environ.get("CREDENTIALS_DIRECTORY")
            if folder is None:
                raise SecretUnreadable(
                    self.origin, f"no credential {self._place}: not started by systemd with LoadCredential="
                )
            path = Path(folder) / self._place
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SecretUnreadable(
                self.origin, f"cannot read the secret {self.origin}: {error.__class__.__name__}"
            ) from None
