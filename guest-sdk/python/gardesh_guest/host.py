# What the host gives: log, journal time, seeded randomness, configuration. Where there
# is no host (unit tests), the values in `stand_in` answer.

import enum
from dataclasses import dataclass, field
from typing import Any

from . import codec

try:  # Made by componentize-py; there is no such module outside a component.
    from wit_world.imports import host as _wit
except ImportError:
    _wit = None


class Level(enum.Enum):
    """How much a log line matters."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


@dataclass
class StandIn:
    """The host for unit tests, in the words of context, verdict and ad_hoc, too."""

    now: int = 0
    config: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    kind: Any = None
    listener_event: Any = None
    user_task: Any = None
    denied: str | None = None
    corrections: dict[str, Any] = field(default_factory=dict)
    elements: list[tuple[str, str]] = field(default_factory=list)
    is_fulfilled: bool = False
    cancel_remaining: bool = False


stand_in = StandIn()


def log(level: Level, message: str) -> None:
    """Adds a line to the attempt's log, which is bounded."""
    if _wit is None:
        stand_in.lines.append(message)
    else:
        _wit.log(_wit.Level[level.name], message)


def now() -> int:
    """Journal time in milliseconds since 1970-01-01T00:00:00Z; it stands still."""
    return stand_in.now if _wit is None else _wit.now()


def random_bytes(length: int) -> bytes:
    """At most 65,536 bytes, seeded with the job key. Not for cryptography."""
    if _wit is None:
        return bytes(index * 167 % 256 for index in range(length))
    return bytes(_wit.random(length))


def config(name: str, kind: Any = Any) -> Any:
    """The configuration value `name` read as `kind`, or None. Raises codec.Mismatch."""
    if _wit is None:
        return codec.read(stand_in.config.get(name), kind, name) if name in stand_in.config else None
    text = _wit.config(name)
    return None if text is None else codec.loads(text, kind)
