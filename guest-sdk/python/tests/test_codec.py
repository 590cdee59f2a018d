# Reading and writing JSON by type hints, and the schemas of the same types.

import enum
import unittest
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from gardesh_guest.codec import Mismatch, camel, dumps, loads
from gardesh_guest.schema import schema_of


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


@dataclass
class Part:
    """One part of a thing."""

    part_no: int
    price: Decimal


@dataclass
class Thing:
    colour: Colour
    parts: list[Part]
    size: Literal["s", "l"] = "s"
    note: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


TEXT = '{"colour":"green","parts":[{"partNo":1,"price":0.10}],"size":"l","note":null,"extra":{"a":[1,true]}}'


class Codec(unittest.TestCase):
    def test_what_is_read_is_written_again(self):
        thing = loads(TEXT, Thing)
        self.assertEqual(thing.parts[0].price, Decimal("0.10"))
        self.assertEqual(dumps(thing), TEXT)

    def test_defaults_fill_what_is_missing(self):
        self.assertEqual(loads('{"colour":"red","parts":[]}', Thing), Thing(Colour.RED, []))

    def test_numbers_are_exact(self):
        text = "[0.1,12345678901234567890.12,1E+2]"
        self.assertEqual(dumps(loads(text, list[Decimal])), "[0.1,12345678901234567890.12,100]")

    def test_a_mismatch_names_the_place(self):
        for text, kind, expected in [
            ('{"colour":"blue","parts":[]}', Thing, "$.colour"),
            ('{"colour":"red","parts":[{"partNo":"1","price":1}]}', Thing, "$.parts[0].partNo"),
            ('{"colour":"red"}', Thing, "parts"),
            ("true", int, "Expected int at $"),
            ("[1", list[int], "Expected JSON"),
            ("NaN", Decimal, "NaN"),
        ]:
            with self.subTest(text), self.assertRaises(Mismatch) as caught:
                loads(text, kind)
            self.assertIn(expected, str(caught.exception))

    def test_no_number_without_an_end(self):
        with self.assertRaises(Mismatch):
            dumps(Decimal("NaN"))

    def test_names(self):
        self.assertEqual([camel(name) for name in ("claim_id", "type_", "a")], ["claimId", "type", "a"])


class Schemas(unittest.TestCase):
    def test_a_dataclass(self):
        schema = schema_of(Thing)
        self.assertEqual(schema["required"], ["colour", "parts"])
        self.assertEqual(schema["properties"]["colour"], {"enum": ["red", "green"]})
        part = schema["properties"]["parts"]["items"]
        self.assertEqual(part["properties"]["price"], {"type": "number"})
        self.assertEqual(part["description"], "One part of a thing.")
        self.assertNotIn("description", schema)

    def test_what_json_cannot_hold_is_refused(self):
        with self.assertRaises(TypeError):
            schema_of(set[int])


if __name__ == "__main__":
    unittest.main()
