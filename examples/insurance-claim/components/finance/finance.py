# How much money the insurer sets aside for a claim while it is open. Whether the claim
# is covered is the assessment's business, not this step's.

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from gardesh_guest import Job, Level, log, step

# What similar claims cost in the end, relative to what was first claimed.
DEVELOPMENT = {"fire": Decimal("1.25"), "water": Decimal("1.15"), "accident": Decimal("1.10")}
HANDLING_COST = Decimal("120.00")
# From here on the reinsurer has to be told.
REINSURED_FROM = Decimal(50_000)
CENT = Decimal("0.01")


@dataclass
class Policy:
    limit: Decimal
    deductible: Decimal = Decimal(0)


@dataclass
class Incident:
    type: str


@dataclass
class Claim:
    claim_id: str
    amount: Decimal
    policy: Policy
    incident: Incident


@dataclass
class Input:
    claim: Claim


@dataclass
class Finance:
    """What finance says about the claim."""

    reserve: Decimal
    reinsured: bool


@dataclass
class Output:
    finance: Finance


@step(name="claim-finance", title="Computes the reserve", version="0.1.0", icon="coins")
def compute_reserve(input: Input, job: Job) -> Output:
    claim = input.claim
    expected = claim.amount * DEVELOPMENT.get(claim.incident.type, Decimal(1)) - claim.policy.deductible
    payable = min(max(expected, Decimal(0)), claim.policy.limit)
    reserve = (payable + HANDLING_COST).quantize(CENT, rounding=ROUND_HALF_UP)
    log(Level.INFO, f"claim {claim.claim_id}: reserve {reserve} in attempt {job.attempt}")
    return Output(Finance(reserve=reserve, reinsured=reserve >= REINSURED_FROM))
