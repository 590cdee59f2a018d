# What a listener of a user task says to what is about to happen. It takes effect when the
# step returns a dataclass without fields, and is forgotten when it raises. Whoever denies
# corrects nothing. Where there is no host (unit tests), host.stand_in takes it.

from . import host

try:  # Made by componentize-py; there is no such module outside a component.
    from wit_world.imports import verdict as _wit
except ImportError:
    _wit = None


def deny(reason: str = "") -> None:
    """The change is not to happen, and why: the reason goes to whoever asked and into the history.

    Of several calls the last one counts.
    """
    if _wit is None:
        host.stand_in.denied = reason
    else:
        _wit.deny(reason)


def correct(
    *,
    assignee: str | None = None,
    candidate_groups: list[str] | None = None,
    candidate_users: list[str] | None = None,
    due_date: str | None = None,
    follow_up_date: str | None = None,
    priority: int | None = None,
) -> None:
    """The change is to happen with these corrections. Several calls add up.

    What is None stays as it is; an empty text takes a value away.
    """
    changes = {
        "assignee": assignee,
        "candidate_groups": candidate_groups,
        "candidate_users": candidate_users,
        "due_date": due_date,
        "follow_up_date": follow_up_date,
        "priority": priority,
    }
    if _wit is None:
        named = {name: value for name, value in changes.items() if value is not None}
        host.stand_in.corrections.update(named)
    else:
        _wit.correct(_wit.Corrections(**changes))
