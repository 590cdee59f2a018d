#!/usr/bin/env python3
# The whole example against a real server: claims, a SIGKILL while their steps run, people's
# tasks, surveys, scores. It drives the gardesh program as a person would, and the survey
# pages as a customer's browser would. What it prints is checked; anything off ends it with
# exit code 1. The server process and the program are wrapped in demo_server.py.

import argparse
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import signal
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from demo_server import Gardesh, Off, Server, check, eventually, free_port

HERE = pathlib.Path(__file__).resolve().parent
PROCESS = "insurance-claim"
SURVEY = "claim-satisfaction"
# The components' files, the names that they serve, and what they were written in.
COMPONENTS = [
    ("assessment", "claim-assessment", "Rust"),
    ("finance", "claim-finance", "Python"),
    ("legal", "claim-legal", "TypeScript"),
    ("payment", "claim-payment", "Rust"),
    ("satisfaction-trigger", "claim-satisfaction-trigger", "Rust"),
]
# The steps that run in parallel, with the variable that each one records.
DEPARTMENTS = {"assess": "assessment", "set-reserve": "finance", "check-legal": "legal"}
SAMPLES = ["burst-pipe", "small-accident", "kitchen-fire", "staged-theft", "lapsed-policy", "car-accident"]
REJECTED, DECLINED, REGULAR = "lapsed-policy", "staged-theft", "small-accident"
CLAIMS = 12
# How often a kill may come too early or too late before the demo gives up.
KILL_ATTEMPTS = 5
# What customers answer, in turn: recommend 0 to 10, satisfaction 1 to 5, and words.
ANSWERS = {
    "en": [
        (10, 5, "Paid within a day. Thank you."),
        (9, 4, ""),
        (7, 4, "Fine, but I had to send the photos twice."),
        (3, 2, "Nobody told me why it took so long."),
        (9, 5, "Friendly people."),
    ],
    "fa": [
        (10, 5, "خیلی سریع و محترمانه رسیدگی کردید."),
        (8, 4, "کاش پیگیری آنلاین ساده‌تر بود."),
        (9, 5, ""),
        (6, 3, "چند بار مجبور شدم زنگ بزنم."),
    ],
}


class Account:
    """Prints the account of the demo: numbered headings, lines under them, times."""

    def __init__(self):
        self.began = self.since = time.monotonic()
        self.number = 0

    def heading(self, text):
        self.close()
        self.number += 1
        self.since = time.monotonic()
        print(f"\n{self.number}. {text}", flush=True)

    def line(self, text):
        print(f"   {text}", flush=True)

    def close(self):
        if self.number:
            print(f"   ({time.monotonic() - self.since:.1f} s)", flush=True)

    def end(self, text):
        self.close()
        print(f"\n{text} All in {time.monotonic() - self.began:.0f} s.", flush=True)


def push_components(gardesh, folder, account):
    account.heading("Components go to the server, which checks and compiles them once")
    for file, name, language in COMPONENTS:
        file = folder / f"{file}.wasm"
        check(file.is_file(), f"a component at {file}", "there is none; run `make components` first")
        began = time.monotonic()
        view = gardesh.json("component", "push", str(file))
        check(view["name"] == name, f"{file.name} to call itself {name}", f"it says {view['name']}")
        took = time.monotonic() - began
        size = view["size"] / 1024
        account.line(f"{name:28}{language:12}{size:8,.0f} KiB  {view['digest'][:12]}  {took:5.1f} s")


def deploy(gardesh, account):
    account.heading("The diagram, its form and the survey")
    files = [str(HERE / "insurance-claim.bpmn"), str(HERE / "claim-approval.form")]
    for line in gardesh.text("deploy", *files).splitlines():
        account.line(line)
    account.line(gardesh.text("survey", "push", str(HERE / "claim-satisfaction.survey.json")).strip())


def start_claims(gardesh, numbers, claims):
    """Starts a claim for each number, all at once as customers do; `claims` maps process instance keys to samples."""
    def start(number):
        sample = SAMPLES[number % len(SAMPLES)]
        case = json.loads((HERE / "claims" / f"{sample}.json").read_text(encoding="utf-8"))
        case["claim"]["claimId"] = f"CL-2026-{number + 1:04}"
        # One customer comes again and again; the trigger is not to ask them each time.
        if sample != REGULAR:
            case["customer"]["id"] = f"K-{number + 1:04}"
        started = gardesh.json(
            "start", PROCESS, "--variables", "-", "--business-key", case["claim"]["claimId"],
            stdin=json.dumps(case),
        )
        return started["processInstanceKey"], sample

    with concurrent.futures.ThreadPoolExecutor(max_workers=CLAIMS) as customers:
        claims.update(customers.map(start, numbers))


def events_of(gardesh, key):
    return gardesh.json("instance", "history", key)["items"]


def is_result(event):
    """Whether a journal event records what came of a department's step."""
    recorded = event["type"] in ("JobCompleted", "JobErrorThrown")
    return recorded and event.get("elementId") in DEPARTMENTS


def steps_at(gardesh, keys, position):
    """How many department steps were recorded and how many were open at a journal position."""
    recorded = open_steps = 0
    for key in keys:
        past = [event for event in events_of(gardesh, key) if event["position"] <= position]
        past = [event for event in past if event.get("elementId") in DEPARTMENTS]
        types = collections.Counter(event["type"] for event in past)
        results = sum(is_result(event) for event in past)
        recorded += results
        open_steps += types["JobCreated"] - results - types["JobCanceled"]
    return recorded, open_steps


def kill_in_the_middle(gardesh, server, claims, account):
    """Starts claims and kills the server so that some of their steps are recorded and some
    are open. Returns the journal position that the disk had got to at the kill."""
    started = 0
    for attempt in range(1, KILL_ATTEMPTS + 1):
        account.heading(f"{CLAIMS} claims arrive, and the server dies in the middle (SIGKILL)")
        start_claims(gardesh, range(started, started + CLAIMS), claims)
        started += CLAIMS
        server.kill()
        killed = time.monotonic()
        verified = gardesh.json("data", "verify", "--data", str(server.data))
        check(not verified["differing"], "the replayed journal to give the stored state", verified)
        position = verified["entries"]
        account.line(f"{len(claims)} claims acknowledged; killed {server.kills} time(s).")
        account.line(f"What is on the disk: {position} journal entries. Replayed from the first one they")
        account.line(f"give the stored state, all {verified['rows']} rows of it.")
        server.start()
        account.line(f"Up again {time.monotonic() - killed:.1f} s after the kill, with nobody's help.")
        recorded, open_steps = steps_at(gardesh, list(claims)[-CLAIMS:], position)
        account.line(f"At the kill {recorded} department steps had a recorded result, and {open_steps} were open.")
        if recorded and open_steps:
            return position
        account.line("That is not the middle. Once more, with new claims.")
    raise Off(f"the server could not be killed in the middle of the steps in {KILL_ATTEMPTS} attempts")


def await_departments(gardesh, claims, account):
    account.heading("Every claim goes on by itself")
    rejected = {key for key, sample in claims.items() if sample == REJECTED}

    def settled():
        listed = gardesh.json("instance", "list", "--process", PROCESS, "--limit", "1000")["items"]
        states = {item["processInstanceKey"]: item["state"] for item in listed}
        missing = set(claims) - set(states)
        check(not missing, "every acknowledged claim to exist after the restart", f"{missing} are gone")
        incidents = gardesh.json("incident", "list")["items"]
        check(not incidents, "no incident", incidents)
        tasks = gardesh.json("task", "list", "--group", "adjusters", "--limit", "1000")["items"]
        waiting = {task["processInstanceKey"]: task for task in tasks}
        done = all(
            states[key] == "COMPLETED" if key in rejected else key in waiting for key in claims
        )
        return waiting if done else None

    tasks = eventually("all claims to be rejected or to wait for an adjuster", settled)
    account.line(f"{len(tasks)} wait for an adjuster, {len(rejected)} were rejected by the assessment.")
    return tasks


def check_results(gardesh, claims, position, account):
    account.heading("No recorded result is lost or doubled")
    before = after = 0
    retried = 0
    for key, sample in claims.items():
        events = events_of(gardesh, key)
        results = [event for event in events if is_result(event)]
        counts = collections.Counter(event["elementId"] for event in results)
        doubled = [element for element, n in counts.items() if n > 1]
        check(not doubled, f"one result for each step of {key}", f"{doubled} have several")
        wanted = {"assess"} if sample == REJECTED else set(DEPARTMENTS)
        lost = wanted - set(counts)
        check(not lost, f"a result of every step of {key}", f"{lost} have none")
        outcome = next(event["type"] for event in results if event["elementId"] == "assess")
        expected = "JobErrorThrown" if sample == REJECTED else "JobCompleted"
        check(outcome == expected, f"{expected} from the assessment of {sample}", outcome)
        written = collections.Counter(e["name"] for e in events if e["type"] == "VariableSet" and e["scopeKey"] == key)
        for element, variable in DEPARTMENTS.items():
            times = written[variable]
            due = int(element in counts and sample != REJECTED)
            # Of a rejected claim finance or legal may have been first.
            check(times == due or sample == REJECTED and times <= 1, f"{variable} of {key} to be written {due} times", times)
        before += sum(event["position"] <= position for event in results)
        after += sum(event["position"] > position for event in results)
        retried += sum(event.get("attempt", 1) > 1 for event in results)
    account.line(f"{before + after} results in the journal: {before} from before the last kill, {after} from after it.")
    account.line(f"Each step has exactly one; {retried} needed more than one attempt.")


def adjust(gardesh, claims, tasks, account):
    account.heading("Adjusters decide (gardesh task complete)")
    decisions = collections.Counter()
    for key, task in tasks.items():
        approved = claims[key] != DECLINED
        note = "" if approved else "Legal found the wording of a staged incident."
        gardesh.text("task", "assign", task["userTaskKey"], "leila")
        answer = json.dumps({"approved": approved, "approvalNote": note})
        gardesh.text("task", "complete", task["userTaskKey"], "--variables", answer)
        decisions["approved" if approved else "declined"] += 1
    account.line(", ".join(f"{n} {what}" for what, n in sorted(decisions.items())))

    def all_completed():
        listed = gardesh.json("instance", "list", "--process", PROCESS, "--state", "COMPLETED", "--limit", "1000")
        return len(listed["items"]) == len(claims) or None

    eventually("all claims to be completed", all_completed)
    account.line(f"All {len(claims)} claims are completed; {decisions['approved']} were paid.")


def invitations(gardesh, claims, account):
    account.heading("A trigger looks at each closed claim and decides whom to ask")

    def decided():
        firings = gardesh.json("survey", "decisions", "--limit", "1000")["items"]
        done = [firing for firing in firings if firing["state"] == "DECIDED"]
        return done if len({firing["processInstanceKey"] for firing in done}) == len(claims) else None

    firings = eventually("a decision on every claim", decided)
    reasons = collections.Counter()
    for firing in firings:
        for decision in firing["decisions"]:
            asked = decision["type"] == "ASK"
            reasons[f"{decision['type'].lower()}: {decision['reason' if asked else 'detail']}"] += 1
    for reason, n in reasons.most_common():
        account.line(f"{n:3} x {reason}")
    found = gardesh.json("survey", "invitations", "--survey", SURVEY, "--limit", "1000")["items"]
    cases = collections.Counter(invitation["processInstanceKey"] for invitation in found)
    check(found, "invitations", "there are none")
    check(max(cases.values()) == 1, "at most one invitation for a claim", cases)
    return found


def browse(url, form=None):
    data = urllib.parse.urlencode(form).encode() if form else None
    # The server is on this machine; a proxy could not reach it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, data=data, timeout=30) as page:
        return page.read().decode("utf-8")


def answer_surveys(gardesh, found, account):
    account.heading("Customers answer (the pages work without JavaScript)")
    given, turns = [], collections.Counter()
    for invitation in sorted(found, key=lambda item: item["processInstanceKey"]):
        language = invitation["language"]
        page = browse(invitation["link"])
        wanted = 'dir="rtl"' if language == "fa" else 'dir="ltr"'
        check(wanted in page, f"{wanted} on the page in {language}", page[:400])
        recommend, satisfaction, comment = ANSWERS[language][turns[language] % len(ANSWERS[language])]
        turns[language] += 1
        form = {"language": language, "q-recommend": recommend, "q-satisfaction": satisfaction, "q-comment": comment}
        browse(invitation["link"], form)
        given.append((recommend, satisfaction))
    responses = gardesh.json("survey", "responses", "--survey", SURVEY, "--limit", "1000")["items"]
    check(len(responses) == len(given), f"{len(given)} recorded answers", len(responses))
    browse(found[0]["link"])
    account.line(f"{turns['fa']} in Persian (right to left), {turns['en']} in English.")
    return given


def wilson(successes, n, z=1.959963984540054):
    """The 95 % interval of a share, in percent."""
    share, square = successes / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return 100 * (middle - half), 100 * (middle + half)


def adjusted_wald(promoters, detractors, n, z=1.959963984540054):
    """The 95 % interval of a net promoter score."""
    n, promoters, detractors = n + 3, promoters + 0.75, detractors + 0.75
    score = (promoters - detractors) / n
    half = z * math.sqrt(((promoters + detractors) / n - score * score) / n)
    return max(-100.0, 100 * (score - half)), min(100.0, 100 * (score + half))


def check_metrics(gardesh, given, account):
    account.heading("What customers think (gardesh metrics)")
    for line in gardesh.text("metrics", "--survey", SURVEY).splitlines():
        account.line(line)
    metrics = gardesh.json("metrics", "--survey", SURVEY)
    n = len(given)
    satisfied = sum(satisfaction >= 4 for _, satisfaction in given)
    promoters = sum(recommend >= 9 for recommend, _ in given)
    detractors = sum(recommend <= 6 for recommend, _ in given)
    expected = {
        "csat": (100 * satisfied / n, *wilson(satisfied, n)),
        "nps": (100 * (promoters - detractors) / n, *adjusted_wald(promoters, detractors, n)),
    }
    for name, figures in expected.items():
        shown = metrics[name]
        check(shown["n"] == n, f"{n} answers in {name}", shown["n"])
        for part, figure in zip(("score", "low", "high"), figures):
            check(abs(shown[part] - figure) < 0.05, f"{name} {part} of {figure:.2f}", shown[part])
    account.line("The same figures come out of the answers by hand.")


def final_check(gardesh, server, account):
    account.heading("The journal once more, from its first entry")
    server.stop()
    account.line(gardesh.text("data", "verify", "--data", str(server.data)).strip())


def how_to_go_on(gardesh, server, claims, found):
    program, url = gardesh.program, server.url
    key = next(iter(claims))
    print(f"""
Look around:
  {url}/v1/health
  {found[0]["link"]}?lang=fa
  {url}/v1/metrics?surveyId={SURVEY}
  {url}/v1/process-instances/{key}/history

Go on by hand:
  export GARDESH_SERVER={url}
  {program} start {PROCESS} --variables @{HERE / "claims" / "burst-pipe.json"}
  {program} task list
  {program} task complete KEY --variables '{{"approved": true}}'
  {program} instance history {key}
  {program} survey invitations

The server runs on as process {server.pid}, with its data in {server.data}.
Stop it with: kill {server.pid}""")


def run(options, folder):
    account = Account()
    account.heading("A server on a free port, with an empty data folder")
    server = Server(options.gardesh, folder / "data", free_port(), folder / "server.log")
    gardesh = Gardesh(options.gardesh, server.url)
    keep = os.environ.get("KEEP", "") not in ("", "0")
    try:
        server.start()
        account.line(f"{server.url}, process {server.pid}")
        push_components(gardesh, options.components, account)
        deploy(gardesh, account)
        claims = {}
        position = kill_in_the_middle(gardesh, server, claims, account)
        tasks = await_departments(gardesh, claims, account)
        check_results(gardesh, claims, position, account)
        adjust(gardesh, claims, tasks, account)
        found = invitations(gardesh, claims, account)
        given = answer_surveys(gardesh, found, account)
        check_metrics(gardesh, given, account)
        if keep:
            server.leave_running()
            account.end("Everything held.")
            how_to_go_on(gardesh, server, claims, found)
        else:
            final_check(gardesh, server, account)
            account.end("Everything held.")
            print("\nTo look around yourself, run it with KEEP=1 (make demo KEEP=1).")
    except (Off, OSError, KeyError, KeyboardInterrupt) as error:
        print(f"\nThe demo stopped: {error or 'it was interrupted'}", file=sys.stderr)
        print(f"\n--- the server's log ends so ---\n{server.log_tail()}", file=sys.stderr)
        return 1
    finally:
        server.close()
    return 0


def main():
    parser = argparse.ArgumentParser(description="Runs the insurance-claim example from end to end.")
    parser.add_argument("--gardesh", type=pathlib.Path, required=True, help="the gardesh program")
    parser.add_argument("--components", type=pathlib.Path, required=True, help="folder with the built components")
    options = parser.parse_args()
    options.gardesh = options.gardesh.resolve()
    if not options.gardesh.is_file():
        parser.error(f"expected the gardesh program at {options.gardesh}, but there is none; run `make build` first")
    # So that the server goes with the demo, however that ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    if os.environ.get("KEEP", "") not in ("", "0"):
        return run(options, pathlib.Path(tempfile.mkdtemp(prefix="gardesh-demo-")))
    with tempfile.TemporaryDirectory(prefix="gardesh-demo-") as folder:
        return run(options, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
