# JSON Schema (draft 2020-12) of the types that codec.py reads and writes.

import dataclasses
import enum
import types
import typing
from decimal import Decimal
from typing import Any

from .codec import camel, is_required

_PLAIN = {str: "string", int: "integer", bool: "boolean", float: "number", Decimal: "number", type(None): "null"}


def schema_of(kind: Any) -> dict[str, Any]:
    """The schema of one type. Raises TypeError for a type that JSON cannot hold."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema(kind)}


def _schema(kind: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return {}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(argument) for argument in arguments]}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is dict and arguments[0] is str:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    raise TypeError(f"Expected a type that JSON can hold, but got {kind!r}")


def _dataclass(kind: Any) -> dict[str, Any]:
    hints, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
    schema: dict[str, Any] = {
        "title": kind.__name__,
        "type": "object",
        "properties": {camel(field.name): _schema(hints[field.name]) for field in fields},
        "required": [camel(field.name) for field in fields if is_required(field)],
    }
    # A dataclass without a docstring gets its signature as one; that is no description.
    if kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}("):
        schema["description"] = " ".join(kind.__doc__.split())
    return schema
