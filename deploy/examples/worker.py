#!/usr/bin/env python3
"""A Plateau worker in plain Python: claims runs, trains a stand-in model, reports. Start your own from it.

Usage: PLATEAU_TOKEN=… worker.py --server http://127.0.0.1:8080 [--name NAME] [--step-seconds S] [--once-idle]

The model is a logistic classifier of twelve weights over "pixels" drawn from each file's hash, so that nothing but
Python is needed; put your trainer in place of `StandIn`. What the rest shows is the protocol (openapi.yaml, "Worker
protocol"), as any worker should keep it:

- one run at a time, claimed with a long poll; a heartbeat from a thread of its own, at once and then four times a lease;
- every write names the claim's attempt; 409 `stale-attempt` means that the run was cancelled, or is another's: drop it;
- a server that is away, full (507) or busy (429) is asked again until it answers: what is sent twice changes nothing;
- an epoch's record first, then its checkpoint; a resumed run gives the same numbers to the bit;
- an order in an answer is obeyed: `pause` means to save a checkpoint after the step under way and hand the run back,
  `stop_early` to evaluate after the step under way and finish, as the forecast is narrow enough;
- on SIGTERM the same as for `pause`, and then to leave.
"""

import argparse
import hashlib
import http.client
import json
import math
import os
import pathlib
import random
import signal
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse


class Lost(Exception):
    """The run is no longer this worker's: cancelled, or taken back and given to another."""


class Stopped(Exception):
    """The run is to be handed back: it was paused, or this worker was told to leave."""


class Hopeless(Exception):
    """No attempt at this run can succeed."""


class Server:
    """One kept connection to the server; each thread has its own."""

    def __init__(self, url, token, stop, timeout=60):
        self.url, self.token, self.stop, self.timeout = urllib.parse.urlsplit(url), token, stop, timeout
        self.connection = None

    def once(self, method, path, body=None, kind="application/json"):
        """Status and bytes of one answer. Raises OSError or HTTPException where there is none."""
        if self.connection is None:
            secure = self.url.scheme == "https"
            made = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            context = {"context": ssl.create_default_context()} if secure else {}
            self.connection = made(self.url.hostname, self.url.port, timeout=self.timeout, **context)
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise

    def interrupt(self):
        """Ends the request under way; from any thread."""
        try:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            pass  # There is none.

    def send(self, method, path, body=None, kind="application/json", patience=math.inf):
        """Bytes of the answer, asked for until there is one. Raises Lost, Hopeless or, once the worker is told to stop
        and has tried for five more seconds, Stopped."""
        if kind == "application/json" and body is not None:
            body = json.dumps(body)
        pause, deadline = 0.2, time.monotonic() + patience
        while True:
            try:
                status, data = self.once(method, path, body, kind)
                if status < 300:
                    return data
                said = f"{method} {path}: {status} {data[:500].decode(errors='replace')}"
                if status == 404 or status == 409 and b"stale-attempt" in data:
                    raise Lost(said)
                if status in (401, 403):
                    sys.exit(f"the server refuses this token: {said}")
                if status < 500 and status not in (408, 429):
                    raise Hopeless(said)
            except (OSError, http.client.HTTPException) as error:
                said = f"{method} {path}: {error!r}"
            if self.stop.is_set():
                deadline = min(deadline, time.monotonic() + 5)
            if time.monotonic() > deadline:
                raise Stopped(said)
            print(f"trying again: {said}", file=sys.stderr, flush=True)
            # Half of each pause is random, so that workers do not come back together.
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(10, 2 * pause)


class Heartbeat:
    """Keeps the lease from a thread and a connection of its own, so that a long step or upload never costs it, and hears
    orders there: the answer to a heartbeat comes when the next is due, or as soon as there is one."""

    def __init__(self, options, token, claim):
        self.claim, self.interval = claim, claim["lease_seconds"] / 4
        # One that hangs is given up while there is time for another.
        self.server = Server(options.server, token, threading.Event(), timeout=2 * self.interval)
        self.lost, self.ended = threading.Event(), threading.Event()
        self.orders = {"pause": threading.Event(), "stop_early": threading.Event()}
        self.thread = threading.Thread(target=self.beat, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.interrupt()
        self.thread.join()

    def take(self, answer):
        """Hears an order, from whichever answer it came with. One that is not known is none."""
        order = json.loads(answer or "{}").get("order")
        if order in self.orders:
            self.orders[order].set()

    def beat(self):
        run = self.claim["run"]
        body = json.dumps({"attempt": run["attempt"], "wait_seconds": min(30, self.interval)})
        while not self.lost.is_set():
            due = time.monotonic() + self.interval
            try:
                status, data = self.server.once("POST", f"/v1/worker/runs/{run['id']}/heartbeat", body)
                if status in (404, 409):
                    self.lost.set()
                elif status == 200:
                    self.take(data)
            except (OSError, http.client.HTTPException):
                pass  # The next may get through; if none does, the run's own requests say what became of it.
            if self.ended.wait(max(0, due - time.monotonic())):
                return


class StandIn:
    """A logistic classifier of pixels. Everything that it does follows from the run's seed and the step's number."""

    WEIGHTS = 12

    def __init__(self, claim, hashes):
        self.claim, self.hashes, self.step, self.loss_sum = claim, hashes, 0, 0.0
        noise = random.Random(claim["run"]["seed"])
        self.weights = [noise.gauss(0, 0.1) for _ in range(self.WEIGHTS)]

    def pixels(self, case):
        """Features and label of each of a case's pixels."""
        noise = random.Random(self.hashes[case])
        for _ in range(24):
            x = [1.0] + [noise.gauss(0, 1) for _ in range(self.WEIGHTS - 1)]
            yield x, 1.0 if sum(v * math.cos(3 * i) for i, v in enumerate(x)) + noise.gauss(0, 1) > 0 else 0.0

    def score(self, x):
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(w * v for w, v in zip(self.weights, x))))))

    def rate(self):
        return self.claim["training"]["learning_rate"] * 100

    def train_step(self):
        order = random.Random(f"{self.claim['run']['seed']}/{self.step}")
        gradient, loss, count = [0.0] * self.WEIGHTS, 0.0, 0
        for case in order.choices(self.claim["cases"]["train"], k=self.claim["training"]["batch_size"]):
            for x, y in self.pixels(case):
                p = self.score(x)
                loss -= math.log(p if y else 1 - p)
                gradient = [g + (p - y) * v for g, v in zip(gradient, x)]
                count += 1
        self.weights = [w - self.rate() * g / count for w, g in zip(self.weights, gradient)]
        self.step += 1
        self.loss_sum += loss / count

    def evaluate(self, cases):
        """Mean loss, and each case's DSC."""
        loss, scores = 0.0, []
        for case in cases:
            both, either = 0, 0
            for x, y in self.pixels(case):
                p = self.score(x)
                loss -= math.log(p if y else 1 - p) / 24
                both, either = both + (p > 0.5) * y, either + (p > 0.5) + y
            scores.append(2 * both / either if either else 1.0)
        return loss / len(cases), scores

    def checkpoint(self):
        """JSON writes a float so that it is read back as it was, to the bit."""
        return json.dumps({"step": self.step, "loss_sum": self.loss_sum, "weights": self.weights}).encode()

    def restore(self, data):
        self.__dict__.update(json.loads(data))

    def safetensors(self):
        """The weights in the format that `plateau model export` hands on."""
        head = json.dumps({"weights": {
            "dtype": "F64", "shape": [self.WEIGHTS], "data_offsets": [0, 8 * self.WEIGHTS]}}).encode()
        return struct.pack("<Q", len(head)) + head + struct.pack(f"<{self.WEIGHTS}d", *self.weights)


class Worker:
    def __init__(self, options, token, stop):
        self.options, self.token, self.stop = options, token, stop
        self.server = Server(options.server, token, stop)

    def work(self):
        while not self.stop.is_set():
            # A short wait: on SIGTERM this worker leaves when it is over, with nothing claimed for nobody.
            data = self.server.send("POST", "/v1/worker/claim", {"worker": self.options.name, "wait_seconds": 5})
            if data:
                self.train(json.loads(data))
            elif self.options.once_idle:
                return

    def train(self, claim):
        run = claim["run"]
        print(f"claimed {run['id']}, attempt {run['attempt']}, {run['epochs_done']} epochs done", flush=True)
        try:
            with Heartbeat(self.options, self.token, claim) as heartbeat:
                self.run(claim, heartbeat)
        except Lost as reason:
            print(f"dropped {run['id']}: {reason}", flush=True)
        except Stopped:
            self.report(run, "release", {})
        except Hopeless as error:
            self.report(run, "fail", {"message": str(error), "retry": False})
        except Exception as error:  # Whatever else a trainer may raise: the server has it tried again, some times.
            self.report(run, "fail", {"message": repr(error), "retry": True})

    def report(self, run, word, body):
        try:
            self.post(run, word, body)
            print(f"{word} {run['id']}: {body}", flush=True)
        except (Lost, Stopped) as reason:
            print(f"could not {word} {run['id']}: {reason}", flush=True)

    def run(self, claim, heartbeat):
        run, steps = claim["run"], claim["run"]["steps_per_epoch"]
        model = StandIn(claim, self.file_hashes(claim))
        if claim["checkpoint"]:
            data = self.server.send("GET", f"/v1/worker/runs/{run['id']}/checkpoint?attempt={run['attempt']}")
            if hashlib.sha256(data).hexdigest() == claim["checkpoint"]["sha256"]:
                model.restore(data)
        enough = heartbeat.orders["stop_early"]
        while (epoch := model.step // steps + 1) <= run["epochs_total"] and not enough.is_set():
            began = time.monotonic()
            while model.step < epoch * steps and not enough.is_set():
                self.go_on(heartbeat, run, model)
                model.train_step()
                time.sleep(self.options.step_seconds)
            if model.step < epoch * steps:
                break
            loss, scores = model.evaluate(claim["cases"]["validation"])
            # Sent again after a crash it is the same but for its seconds, and the server keeps the first. Where this
            # began from an older checkpoint, the first epochs are on record already.
            heartbeat.take(self.post(run, "epochs", {"epochs": [{
                "epoch": epoch, "train_loss": model.loss_sum / steps, "val_loss": loss,
                "val_dsc": sum(scores) / len(scores), "learning_rate": model.rate(),
                "seconds": time.monotonic() - began,
                "images_seen": model.step * claim["training"]["batch_size"]}]}))
            model.loss_sum = 0.0
            heartbeat.take(self.save(run, "checkpoint", model.checkpoint(), f"&epoch={epoch}&step={model.step}"))
        _, scores = model.evaluate(claim["cases"]["test"])
        self.save(run, "model", model.safetensors())
        mean = sum(scores) / len(scores)
        deviation = math.sqrt(sum((score - mean) ** 2 for score in scores) / len(scores))
        self.post(run, "finish", {
            "test_dsc": mean, "test_dsc_sd": deviation, "test_cases": len(scores),
            # The order may have come with the last epoch: then there was nothing left to spare.
            "stopped_early": model.step < run["epochs_total"] * steps})
        print(f"finished {run['id']}: test DSC {mean}", flush=True)

    def go_on(self, heartbeat, run, model):
        if heartbeat.lost.is_set():
            raise Lost("the heartbeat was told so")
        if self.stop.is_set() or heartbeat.orders["pause"].is_set():
            # Within an epoch as well: its number is that of the epochs complete, the step says the rest.
            done = model.step // run["steps_per_epoch"]
            self.save(run, "checkpoint", model.checkpoint(), f"&epoch={done}&step={model.step}")
            raise Stopped

    def file_hashes(self, claim):
        """SHA-256 of each case's image, checked against the file where the server registered it."""
        data = self.server.send("GET", f"/v1/worker/datasets/{claim['dataset']['id']}/manifest")
        wanted, hashes = {case for part in claim["cases"].values() for case in part}, {}
        for case in json.loads(data)["cases"]:
            if case["id"] in wanted:
                # In 2D `image`; in 3D `images`, one for each channel or one that holds all.
                path, known = ((case["image"], case["image_sha256"]) if "image" in case
                               else (case["images"][0]["path"], case["images"][0]["sha256"]))
                file = pathlib.Path(claim["dataset"]["path"]) / path
                if hashlib.sha256(file.read_bytes()).hexdigest() != known:
                    raise Hopeless(f"{file} is not what was registered; register the folder anew")
                hashes[case["id"]] = known
        return hashes

    def post(self, run, word, body):
        return self.server.send("POST", f"/v1/worker/runs/{run['id']}/{word}", {"attempt": run["attempt"], **body})

    def save(self, run, word, data, more=""):
        return self.server.send(
            "PUT", f"/v1/worker/runs/{run['id']}/{word}?attempt={run['attempt']}{more}"
            f"&sha256={hashlib.sha256(data).hexdigest()}", data, "application/octet-stream")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=os.environ.get("PLATEAU_SERVER", "http://127.0.0.1:8080"))
    parser.add_argument("--name", default=f"{socket.gethostname()}-{os.getpid()}", help="shown beside its runs")
    parser.add_argument("--step-seconds", type=float, default=0, help="rest after each step, as if it were a long one")
    parser.add_argument("--once-idle", action="store_true", help="leave when no run came for five seconds")
    options = parser.parse_args()
    token = os.environ.get("PLATEAU_TOKEN") or sys.exit("set PLATEAU_TOKEN to a token of the role worker")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        Worker(options, token, stop).work()
    except Stopped as reason:
        print(reason, flush=True)


if __name__ == "__main__":
    main()
