# JSON text to and from dataclasses and the plain types, by type hints. Numbers with a
# fraction are decimals in both directions. Schemas of the same types are in schema.py.

import dataclasses
import enum
import json
import types
import typing
from decimal import Decimal
from typing import Any


class Mismatch(ValueError):
    """The JSON is not of the expected type; the message names the place."""


def camel(name: str) -> str:
    """The JSON name of a Python field: `claim_id` is `claimId`."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.title() for word in rest)


def loads(text: str, kind: Any) -> Any:
    """Reads JSON text as `kind`. Raises Mismatch."""
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Mismatch(f"Expected JSON, but {error}") from error
    return read(value, kind, "$")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def read(value: Any, kind: Any, place: str) -> Any:
    """Turns a parsed JSON value into `kind`; `place` is a JSON path for errors."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or kind is None and value is None:
        return value
    if origin in (typing.Union, types.UnionType):
        return _read_union(value, arguments, place)
    if origin is typing.Literal:
        return _one_of(value, arguments, place)
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(value, kind, place)
    if origin is list:
        return [read(item, arguments[0], f"{place}[{i}]") for i, item in enumerate(_expect(value, list, place))]
    if origin is dict:
        return {k: read(item, arguments[1], f"{place}.{k}") for k, item in _expect(value, dict, place).items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(_one_of(value, [member.value for member in kind], place))
    return _read_plain(value, kind, place)


def _read_dataclass(value: Any, kind: Any, place: str) -> Any:
    members, hints, found = _expect(value, dict, place), typing.get_type_hints(kind), {}
    for field in dataclasses.fields(kind):
        name = camel(field.name)
        if name in members:
            found[field.name] = read(members[name], hints[field.name], f"{place}.{name}")
        elif is_required(field):
            raise Mismatch(f"Expected member {name} in {place}, but it is missing")
    return kind(**found)


def is_required(field: "dataclasses.Field[Any]") -> bool:
    """Whether a dataclass field has no default."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _read_union(value: Any, kinds: tuple[Any, ...], place: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    problems = []
    for kind in kinds:
        if kind is not type(None):
            try:
                return read(value, kind, place)
            except Mismatch as mismatch:
                problems.append(str(mismatch))
    raise Mismatch("; ".join(problems))


def _read_plain(value: Any, kind: Any, place: str) -> Any:
    if kind is Decimal and type(value) in (int, Decimal):
        return Decimal(value)
    if kind is float and type(value) in (int, Decimal):
        return float(value)
    return _expect(value, kind, place)


def _expect(value: Any, kind: type, place: str) -> Any:
    # bool is a subclass of int in Python and no number in JSON.
    if type(value) is not kind:
        raise Mismatch(f"Expected {kind.__name__} at {place}, but it is {type(value).__name__}")
    return value


def _one_of(value: Any, allowed: Any, place: str) -> Any:
    if value not in allowed:
        raise Mismatch(f"Expected one of {', '.join(map(str, allowed))} at {place}, but it is {value!r}")
    return value


def dumps(value: Any) -> str:
    """Writes a value as JSON text: dataclasses as objects, decimals in plain digits."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _object((camel(field.name), getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, dict):
        return _object(value.items())
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dumps, value)) + "]"
    if isinstance(value, enum.Enum):
        return dumps(value.value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise Mismatch(f"Expected a finite number, but got {value}")
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _object(members: Any) -> str:
    return "{" + ",".join(f"{json.dumps(str(name), ensure_ascii=False)}:{dumps(value)}" for name, value in members) + "}"
