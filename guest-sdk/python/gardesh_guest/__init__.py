# The Python guest SDK's public names. A step is a function from a dataclass to a
# dataclass; `step` makes a component of its module.
"""Gardesh steps in Python.

    @dataclass
    class Order:
        amount: Decimal

    @dataclass
    class Discount:
        percent: int

    @step(name="discount", title="Works out the discount", version="1.0.0")
    def discount(order: Order, job: Job) -> Discount:
        return Discount(percent=5 if order.amount > 1000 else 0)

Names are snake_case in Python and camelCase in JSON. Numbers with a fraction are
`decimal.Decimal`: they never pass through floating point.

A step may be the listener of a user task, which says more by `verdict`, or lead an ad-hoc
subprocess by `ad_hoc`; what it is called for is in `context`.
"""

from . import ad_hoc, context, verdict
from .errors import BusinessError, Fatal, Retry
from .host import Level, config, log, now, random_bytes
from .step import Job, step

__all__ = [
    "BusinessError",
    "Fatal",
    "Job",
    "Level",
    "Retry",
    "ad_hoc",
    "config",
    "context",
    "log",
    "now",
    "random_bytes",
    "step",
    "verdict",
]
