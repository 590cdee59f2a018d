# What Python's own clocks and random numbers say inside the sandbox: they have to be
# journal time and seeded values, the same in every attempt.

import os
import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from gardesh_guest import now, step


@dataclass
class Nothing:
    pass


@dataclass
class Seen:
    now: int
    time_ms: int
    datetime: str
    random: float
    seeded_afresh: float
    urandom: list[int]
    uuid: str
    environment: list[str]
    files: str


def files() -> str:
    """What reading a file ends in."""
    try:
        return Path("/etc/passwd").read_text()
    except OSError as error:
        return type(error).__name__


@step(name="clock-python", title="Shows the clocks", version="0.1.0")
def look(nothing: Nothing) -> Seen:
    return Seen(
        now=now(),
        time_ms=time.time_ns() // 1_000_000,
        datetime=datetime.now(timezone.utc).isoformat(),
        random=random.random(),
        seeded_afresh=random.Random().random(),
        urandom=list(os.urandom(8)),
        uuid=str(uuid.uuid4()),
        environment=sorted(os.environ),
        files=files(),
    )
