# What the job that leads an ad-hoc subprocess chooses. It takes effect when the step returns,
# and is forgotten when it raises. What can be entered is in the variable
# adHocSubProcessElements. Where there is no host (unit tests), host.stand_in takes it.

from typing import Any

from . import codec, host

try:  # Made by componentize-py; there is no such module outside a component.
    from wit_world.imports import ad_hoc as _wit
except ImportError:
    _wit = None


def activate_element(element_id: str, variables: Any = None) -> None:
    """Enters an element, with variables (a dict or a dataclass) of its own.

    Calls add up to at most 100 elements; one that is named twice is entered twice.
    """
    text = codec.dumps({} if variables is None else variables)
    if _wit is None:
        host.stand_in.elements.append((element_id, text))
    else:
        _wit.activate_element(element_id, text)


def fulfil_completion_condition() -> None:
    """The completion condition is fulfilled: the subprocess is left as soon as nothing in
    it is active. Nobody does this and activates elements as well.
    """
    if _wit is None:
        host.stand_in.is_fulfilled = True
    else:
        _wit.fulfil_completion_condition()


def cancel_remaining_instances() -> None:
    """Ends what is active in the subprocess, before anything else that was chosen happens."""
    if _wit is None:
        host.stand_in.cancel_remaining = True
    else:
        _wit.cancel_remaining_instances()
