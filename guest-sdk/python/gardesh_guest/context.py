# What the host knows of the job beyond its record: what it is for, and the user task whose
# listener it calls. Where there is no host (unit tests), host.stand_in answers.

import enum
from dataclasses import dataclass, field

from . import host

try:  # Made by componentize-py; there is no such module outside a component.
    from wit_world.imports import context as _wit
except ImportError:
    _wit = None


class JobKind(enum.Enum):
    """What a job is for."""

    BPMN_ELEMENT = "BPMN_ELEMENT"
    EXECUTION_LISTENER = "EXECUTION_LISTENER"
    TASK_LISTENER = "TASK_LISTENER"
    AD_HOC_SUB_PROCESS = "AD_HOC_SUB_PROCESS"


class ListenerEvent(enum.Enum):
    """What a listener listens to: START, END and CANCEL are those of execution listeners."""

    START = "START"
    END = "END"
    CANCEL = "CANCEL"
    CREATING = "CREATING"
    ASSIGNING = "ASSIGNING"
    UPDATING = "UPDATING"
    COMPLETING = "COMPLETING"
    CANCELING = "CANCELING"


@dataclass
class UserTask:
    """A user task as it will be if the listeners agree. Fields as in step.wit."""

    key: int
    action: str = ""
    assignee: str | None = None
    candidate_groups: list[str] = field(default_factory=list)
    candidate_users: list[str] = field(default_factory=list)
    changed_attributes: list[str] = field(default_factory=list)
    due_date: str | None = None
    follow_up_date: str | None = None
    form_key: int | None = None
    priority: int = 50


def kind() -> JobKind:
    """What the job is for."""
    if _wit is None:
        return host.stand_in.kind or JobKind.BPMN_ELEMENT
    return JobKind[_wit.kind().name]


def listener_event() -> ListenerEvent | None:
    """What the listener is called for; None where the job is no listener's."""
    if _wit is None:
        return host.stand_in.listener_event
    event = _wit.listener_event()
    return None if event is None else ListenerEvent[event.name]


def user_task() -> UserTask | None:
    """The user task that is listened to; None where the job is no task listener's."""
    if _wit is None:
        return host.stand_in.user_task
    task = _wit.user_task()
    if task is None:
        return None
    return UserTask(
        key=task.key,
        action=task.action,
        assignee=task.assignee,
        candidate_groups=list(task.candidate_groups),
        candidate_users=list(task.candidate_users),
        changed_attributes=list(task.changed_attributes),
        due_date=task.due_date,
        follow_up_date=task.follow_up_date,
        form_key=task.form_key,
        priority=task.priority,
    )
