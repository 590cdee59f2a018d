# The decorator and one call, outside a component.

import unittest
from dataclasses import dataclass

from gardesh_guest import Fatal, Job, ad_hoc, config, context, log, Level, step, verdict
from gardesh_guest import host
from gardesh_guest.step import call


@dataclass
class Input:
    amount: int


@dataclass
class Doubled:
    doubled: int


@step(name="double", title="Doubles", version="1.0.0")
def double(input: Input, job: Job) -> Doubled:
    return Doubled(doubled=input.amount * 2 * job.key)


class Step(unittest.TestCase):
    def test_the_decorator_exports_a_handler_and_keeps_the_function(self):
        self.assertTrue(callable(Handler().run))  # noqa: F821 - put there by the decorator
        self.assertEqual(double(Input(2), Job(key=1)), Doubled(4))

    def test_a_call_goes_from_json_to_json(self):
        self.assertEqual(call(double, [Input, Job], Job(key=1, variables='{"amount":21,"x":1}')), '{"doubled":42}')

    def test_wrong_input_is_fatal(self):
        with self.assertRaises(Fatal) as caught:
            call(double, [Input, Job], Job(key=1, variables="{}"))
        self.assertIn("Expected member amount", str(caught.exception))

    def test_only_an_object_is_an_output(self):
        with self.assertRaises(Fatal):
            call(lambda input: [1], [Input], Job(key=1, variables='{"amount":1}'))

    def test_a_function_without_hints_is_refused(self):
        with self.assertRaises(TypeError):
            step(name="a", title="a", version="1")(lambda input: input)


class Host(unittest.TestCase):
    def test_the_stand_in_answers(self):
        host.stand_in = host.StandIn(config={"limit": 5})
        log(Level.INFO, "seen")
        self.assertEqual((config("limit", int), config("other"), host.stand_in.lines), (5, None, ["seen"]))

    def test_a_listener_corrects_and_denies(self):
        event, task = context.ListenerEvent.ASSIGNING, context.UserTask(key=1, assignee="ada")
        host.stand_in = host.StandIn(kind=context.JobKind.TASK_LISTENER, listener_event=event, user_task=task)
        self.assertEqual((context.kind().name, context.listener_event(), context.user_task()), ("TASK_LISTENER", event, task))
        verdict.correct(assignee="grace", priority=1)
        verdict.correct(priority=2)
        verdict.deny("late")
        self.assertEqual(host.stand_in.corrections, {"assignee": "grace", "priority": 2})
        self.assertEqual(host.stand_in.denied, "late")

    def test_an_ad_hoc_subprocess_is_led(self):
        host.stand_in = host.StandIn()
        self.assertEqual((context.kind(), context.user_task()), (context.JobKind.BPMN_ELEMENT, None))
        ad_hoc.activate_element("a", Doubled(4))
        ad_hoc.activate_element("b")
        ad_hoc.cancel_remaining_instances()
        ad_hoc.fulfil_completion_condition()
        self.assertEqual(host.stand_in.elements, [("a", '{"doubled":4}'), ("b", "{}")])
        self.assertTrue(host.stand_in.cancel_remaining and host.stand_in.is_fulfilled)


if __name__ == "__main__":
    unittest.main()
