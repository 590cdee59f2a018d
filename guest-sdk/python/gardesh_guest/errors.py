# How a step fails: the three ways of the WIT, as exceptions. Any other exception
# counts as Fatal, because a deterministic step would only raise it again.

from datetime import timedelta
from typing import Any


class BusinessError(Exception):
    """An outcome that the process models: a boundary event with `code` catches it.

    `variables` (a dict or a dataclass) goes to the catching event.
    """

    def __init__(self, code: str, message: str, variables: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.variables = variables


class Retry(Exception):
    """A passing fault: try again, after `delay` or the host's own backoff."""

    def __init__(self, message: str, delay: timedelta | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.delay = delay


class Fatal(Exception):
    """A fault that trying again cannot mend: an incident at once."""
