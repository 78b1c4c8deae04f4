"""A lab that goes on submitting while everything falls over, and keeps what it was told."""

import http.client
import json
import random
import threading

import study
from processes import Client, Failure


class Submissions:
    """Sends one small sweep after another through a proxy, each until it is acknowledged; at times the same again, the
    same key with something else, or a cancellation."""

    def __init__(self, port, token, seed):
        self.client = Client(port, token)
        self.random = random.Random(f"submissions {seed}")
        self.lock = threading.Lock()
        self.acknowledged = {}
        self.cancelled = set()
        self.count = self.repeats = 0
        self.failure = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self):
        self.thread.start()

    def end(self):
        """Returns when the last submission is acknowledged."""
        self.ended.set()
        self.thread.join()

    def check(self):
        if self.failure:
            raise self.failure

    def known(self):
        """What the server has acknowledged so far: bodies and ids of sweeps by key, and the ids of cancelled ones."""
        with self.lock:
            return dict(self.acknowledged), set(self.cancelled)

    def run(self):
        try:
            while not self.ended.wait(self.random.uniform(0.2, 1.8)):
                self.submit()
                if self.random.random() < 0.3:
                    self.repeat()
                if self.random.random() < 0.2:
                    self.cancel()
        except Failure as failure:
            self.failure = failure

    def submit(self):
        self.count += 1
        key = f"storm-{self.count}"
        body = {**study.short_sweep(self.random.choice(study.SHORT["seeds"])), "name": key,
                "priority": self.random.choice([-1, 1])}
        sweep = self.send(key, body)
        with self.lock:
            self.acknowledged[key] = (body, sweep)

    def repeat(self):
        """The answer to a key is the same for ever; another request under it is refused."""
        key = self.random.choice(list(self.acknowledged))
        body, sweep = self.acknowledged[key]
        self.repeats += 1
        if (again := self.send(key, body)) != sweep:
            raise Failure(f"{key} was {sweep} and is {again}")
        status, data = self.patiently({**body, "priority": 5}, key)
        if status != 409:
            raise Failure(f"{key} with another body: {status} {data[:300]!r}")

    def cancel(self):
        body, sweep = self.acknowledged[self.random.choice(list(self.acknowledged))]
        status, data = self.client.patiently("POST", f"/v1/sweeps/{sweep}/cancel")
        # Refused where it has ended: by the same request, whose answer was lost, or with its last run.
        if status == 409:
            status, data = self.client.patiently("GET", f"/v1/sweeps/{sweep}")
            if json.loads(data)["state"] != "cancelled":
                return
        if status != 200:
            raise Failure(f"cancelling {sweep}: {status} {data[:300]!r}")
        with self.lock:
            self.cancelled.add(sweep)

    def send(self, key, body):
        status, data = self.patiently(body, key)
        if status != 201:
            raise Failure(f"{key}: {status} {data[:300]!r}")
        return json.loads(data)["id"]

    def patiently(self, body, key):
        return self.client.patiently("POST", "/v1/sweeps", body, {"Idempotency-Key": key}, seconds=120)


class Follower:
    """Follows a sweep's events through a proxy, coming back after each loss with the last id that it has seen."""

    def __init__(self, port, token, sweep):
        self.port, self.token, self.sweep = port, token, sweep
        self.points, self.returns, self.failure = {}, 0, None
        self.last = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self):
        self.thread.start()

    def run(self):
        pause = threading.Event()
        while not self.failure:
            try:
                if self.follow():
                    return
            except (OSError, http.client.HTTPException, ValueError):
                pass
            self.returns += 1
            pause.wait(0.1)

    def follow(self):
        """True once the stream tells that it has ended."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"Authorization": f"Bearer {self.token}"}
            if self.last is not None:
                headers["Last-Event-ID"] = self.last
            connection.request("GET", f"/v1/sweeps/{self.sweep}/events", headers=headers)
            answer = connection.getresponse()
            if answer.status == 204:
                return True
            if answer.status >= 500:
                return False
            if answer.status != 200:
                self.failure = Failure(f"events: {answer.status} {answer.read()[:300]!r}")
                return False
            event = {}
            while line := answer.readline():
                if line == b"\n":
                    self.take(event)
                    event = {}
                else:
                    name, _, value = line.decode().rstrip("\n").partition(":")
                    event[name] = value.removeprefix(" ")
            return False
        finally:
            connection.close()

    def take(self, event):
        """An event counts once its empty line has come, and so does its id."""
        if "id" in event:
            self.last = event["id"]
        if event.get("event") == "epoch":
            told = json.loads(event["data"])
            key = told["run_id"], told["point"]["epoch"]
            if key in self.points:
                self.failure = Failure(f"the event of {key} came twice")
            self.points[key] = told["point"]
