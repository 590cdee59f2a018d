# The decorator that makes a component of a function's module, and the way of one call
# from the WIT's types to the function and back.

import random
import traceback
import typing
from dataclasses import dataclass
from typing import Any, Callable

from . import codec
from .errors import BusinessError, Fatal, Retry
from .host import Level, log, random_bytes
from .schema import schema_of

try:  # Made by componentize-py; there are no such modules outside a component.
    from componentize_py_types import Err
    from wit_world.imports import types as wit
except ImportError:
    wit = None


@dataclass
class Job:
    """One execution of a step; `key` is its idempotency key. Fields as in step.wit."""

    key: int
    attempt: int = 1
    process_instance_key: int = 0
    process_id: str = ""
    process_version: int = 0
    element_id: str = ""
    element_instance_key: int = 0
    tenant: str = ""
    business_key: str | None = None
    headers: Any = ()
    deadline: int = 0
    variables: str = "{}"


def step(
    *,
    name: str,
    title: str,
    version: str,
    icon: str | None = None,
    config: Any = None,
    capabilities: typing.Sequence[str] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes a step component of `fn(input: I, job: Job) -> O`, where I and O are
    dataclasses; the job may be left out.

    The class `Handler`, which componentize-py looks for in the component's module,
    is put beside the function. The function itself stays as it is.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        hints = typing.get_type_hints(function)
        output = hints.pop("return", None)
        parameters = list(hints.values())
        if output is None or len(parameters) not in (1, 2):
            raise TypeError(f"Expected {function.__name__}(input: I, job: Job) -> O with type hints on all of them")
        texts = (name, version, title, codec.dumps(schema_of(parameters[0])), codec.dumps(schema_of(output)))
        config_schema = None if config is None else codec.dumps(schema_of(config))

        class Handler:
            """The exported interface gardesh:step/handler."""

            def describe(self) -> Any:
                return wit.Description(*texts, config_schema, icon, list(capabilities))

            def run(self, job: Any) -> Any:
                return _run(function, parameters, job)

        function.__globals__["Handler"] = Handler
        return function

    return decorate


def _run(function: Callable[..., Any], parameters: list[Any], job: Any) -> Any:
    # The interpreter is a snapshot: without this every job would see one and the same
    # sequence, seeded when the component was built.
    random.seed(random_bytes(16))
    try:
        return wit.Output(call(function, parameters, job))
    except BusinessError as error:
        variables = None if error.variables is None else codec.dumps(error.variables)
        failure = wit.Failure_BusinessError(wit.BusinessError(error.code, error.message, variables))
    except Retry as retry:
        delay_ms = None if retry.delay is None else int(retry.delay.total_seconds() * 1000)
        failure = wit.Failure_Retry(wit.Retry(retry.message, delay_ms))
    except Fatal as error:
        failure = wit.Failure_Fatal(str(error))
    except Exception as error:
        log(Level.ERROR, traceback.format_exc())
        failure = wit.Failure_Fatal(f"{type(error).__name__}: {error}")
    raise Err(failure)


def call(function: Callable[..., Any], parameters: list[Any], job: Any) -> str:
    """Calls a step's function with the job's variables; returns the output as JSON."""
    try:
        arguments = [codec.loads(job.variables, parameters[0])]
    except codec.Mismatch as mismatch:
        raise Fatal(f"{mismatch}. Hint: look at the task's input mapping and the step's input schema") from mismatch
    if len(parameters) == 2:
        arguments.append(job)
    text = codec.dumps(function(*arguments))
    if not text.startswith("{"):
        raise Fatal(f"Expected the step to return an object, but it returned {text[:80]}")
    return text
