# The gardesh program as the demo uses it: the server as a child process that can be killed
# and started again, and the client commands. What the demo does with them is in demo.py.

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

# Compiling the largest component takes a quarter of a minute, and minutes on a machine
# that is busy with something else: the server compiles at low priority.
COMMAND_TIMEOUT_S = 600
WAIT_S = 60
LOG_TAIL_BYTES = 3000


class Off(Exception):
    """Something is not as it must be."""


def check(holds, expected, found):
    if not holds:
        raise Off(f"Expected {expected}, but {found}")


def eventually(what, attempt):
    """Calls `attempt` until it returns something, and returns that."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        found = attempt()
        if found is not None:
            return found
        time.sleep(0.1)
    raise Off(f"Expected {what} within {WAIT_S} s, but it did not come about")


def free_port():
    # A fixed one from now on: links in invitations must lead to it after a restart too.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gardesh:
    """The client commands of the program."""

    def __init__(self, program, server_url):
        self.program = program
        self.environment = {**os.environ, "GARDESH_SERVER": server_url}

    def text(self, *arguments, stdin=None):
        """Runs a command and returns what it prints; a failure is an Off."""
        command = " ".join(["gardesh", *arguments])
        try:
            done = subprocess.run(
                [self.program, *arguments], input=stdin, env=self.environment, text=True, encoding="utf-8",
                capture_output=True, timeout=COMMAND_TIMEOUT_S, check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise Off(f"Expected `{command}` to end within {COMMAND_TIMEOUT_S} s, but it did not") from late
        if done.returncode != 0:
            raise Off(f"`{command}` ended with exit code {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout

    def json(self, *arguments, stdin=None):
        """Runs a command with --json and returns its answer."""
        return json.loads(self.text(*arguments, "--json", stdin=stdin) or "null")


class Server:
    """The server as a child process."""

    def __init__(self, program, data, port, log):
        self.program, self.data, self.log = program, data, log
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        self.process = None
        self.kills = 0

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        """Starts the server and waits until it is well."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--data", self.data, "--listen", self.address],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                # So that Ctrl-C in the terminal of a demo with KEEP=1 is not the server's end.
                start_new_session=True,
            )
        eventually("a healthy server", self._healthy)

    def _healthy(self):
        if self.process.poll() is not None:
            raise Off(f"Expected the server to run, but it ended with exit code {self.process.returncode}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/v1/health", timeout=5) as answer:
                return answer.status == 200 or None
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def kill(self):
        """Ends the process as a power failure would: nothing is flushed, nobody is asked."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def stop(self):
        """Asks the server to end, and waits for it."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired as late:
            raise Off("Expected the server to end within 30 s of SIGTERM, but it runs on") from late
        check(code == 0, "the server to end with exit code 0 on SIGTERM", f"it was {code}")

    def leave_running(self):
        """Makes `close` leave the server alone."""
        self._left = True

    _left = False

    def close(self):
        """Ends what still runs."""
        if self.process and self.process.poll() is None and not self._left:
            self.process.kill()
            self.process.wait()

    def log_tail(self):
        """The end of what the server logged."""
        try:
            with open(self.log, "rb") as log:
                log.seek(0, os.SEEK_END)
                log.seek(max(0, log.tell() - LOG_TAIL_BYTES))
                return log.read().decode("utf-8", "replace")
        except OSError as error:
            return f"(no log: {error})"
