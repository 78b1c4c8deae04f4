"""The real programs, `plateau serve` and `plateau work`, as processes that can be killed, stopped and started again."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

PACKAGE = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PLATEAU_BINARY") or str(PACKAGE / ".build/release/plateau")
LEASE_SECONDS = 2


class Failure(Exception):
    """What the test was there to find."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(*arguments):
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"plateau {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
    return done.stdout


class Client:
    """Asks the server at a port; `patiently` until it answers."""

    def __init__(self, port, token):
        self.port, self.token = port, token

    def ask(self, method, path, body=None, headers={}, timeout=10):
        """Status and bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(
                method, path, json.dumps(body) if body is not None else None,
                {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def patiently(self, method, path, body=None, headers={}, seconds=60):
        """The same, for as long as there is no answer, or one that says to come again."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                status, data = self.ask(method, path, body, headers)
                if status < 500 and status != 429:
                    return status, data
                reason = f"{status} {data[:300]!r}"
            except (OSError, http.client.HTTPException) as error:
                reason = repr(error)
            if time.monotonic() > deadline:
                raise Failure(f"{method} {path}: no answer within {seconds} s, at last {reason}")
            time.sleep(0.05)

    def json(self, method, path, body=None):
        status, data = self.patiently(method, path, body)
        if status >= 300:
            raise Failure(f"{method} {path}: {status} {data[:500]!r}")
        return json.loads(data)

    def all(self, path):
        """Every item of a list, page by page."""
        items, cursor = [], ""
        while True:
            page = self.json("GET", f"{path}?limit=200{cursor}")
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = f"&cursor={page['next_cursor']}"


class Process:
    """One that is there unless it was ended here."""

    def __init__(self, log, *arguments, **environment):
        self.log, self.arguments = log, [BINARY, *map(str, arguments)]
        self.environment = dict(os.environ, **environment)
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.arguments, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def check(self):
        if self.process.poll() is not None:
            tail = pathlib.Path(self.log).read_text(errors="replace").splitlines()[-15:]
            raise Failure("\n".join([f"{self.arguments[1]} ended by itself: {self.process.returncode}", *tail]))

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """As an operator ends it."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise Failure(f"{self.arguments[1]} ended with {self.process.returncode} on SIGTERM; see {self.log}")


class Server(Process):
    """`plateau serve`, whose power can be cut where it is told of a place for what a cut would leave (durable.c)."""

    def __init__(self, directory, root, log, workers, durable=None):
        self.directory, self.durable, self.port = pathlib.Path(directory), durable, free_port()
        environment = {}
        if durable:
            environment = {"LD_PRELOAD": str(durable.library), "PLATEAU_FAULTS_DISK": str(self.directory),
                           "PLATEAU_FAULTS_DURABLE": str(durable.folder)}
        super().__init__(
            log, "serve", "--data-dir", directory, "--listen", f"http://127.0.0.1:{self.port}", "--workers", workers,
            "--threads-per-worker", 1, "--lease-seconds", LEASE_SECONDS, "--data-root", root, "--log-level", "notice",
            **environment)

    @property
    def client(self):
        return Client(self.port, (self.directory / "admin-token").read_text().strip())

    def start(self, seconds=30):
        """Returns when it is ready."""
        if self.durable:
            self.durable.take(self.directory)
        super().start()
        deadline = time.monotonic() + seconds
        anyone = Client(self.port, "")
        while True:
            self.check()
            try:
                if anyone.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise Failure(f"the server was not ready within {seconds} s; see {self.log}")
            time.sleep(0.02)

    def children(self):
        """Process ids of its own workers."""
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sorted(int(child) for thread in threads for child in (thread / "children").read_text().split())
