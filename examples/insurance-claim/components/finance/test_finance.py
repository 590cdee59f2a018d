# The reserve, for claims below, at and above the policy's limit.

import unittest
from decimal import Decimal

from finance import Claim, Finance, Incident, Input, Policy, compute_reserve
from gardesh_guest import Job


def reserve(amount: str, kind: str = "theft", limit: str = "10000", deductible: str = "0") -> Finance:
    claim = Claim("C-1", Decimal(amount), Policy(Decimal(limit), Decimal(deductible)), Incident(kind))
    return compute_reserve(Input(claim), Job(key=1)).finance


class Reserve(unittest.TestCase):
    def test_table(self):
        for arguments, expected in [
            ({"amount": "1000"}, "1120.00"),
            ({"amount": "1000.55", "kind": "water"}, "1270.63"),
            ({"amount": "1000", "deductible": "150"}, "970.00"),
            ({"amount": "100", "deductible": "150"}, "120.00"),
            ({"amount": "99999"}, "10120.00"),
        ]:
            with self.subTest(arguments):
                self.assertEqual(reserve(**arguments).reserve, Decimal(expected))

    def test_the_reinsurer_is_told_of_large_claims(self):
        self.assertFalse(reserve("40000", limit="100000").reinsured)
        self.assertTrue(reserve("50000", limit="100000").reinsured)


if __name__ == "__main__":
    unittest.main()
