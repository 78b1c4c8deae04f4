#!/usr/bin/env python3
"""Drives deploy/examples/worker.py as a lab's machines would: Tests/Contract/worker calls this.

Usage: example_worker.py SERVER ADMIN_TOKEN WORKER_TOKEN FOLDER
"""

import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import time
import urllib.request

SERVER, ADMIN, TOKEN, FOLDER = sys.argv[1:]
WORKER = pathlib.Path(__file__).resolve().parents[2] / "deploy/examples/worker.py"
RECIPE = {"image_size": [32, 32], "batch_size": 4, "steps_per_epoch": 10, "epochs": 3}


def ask(method, path, body=None):
    request = urllib.request.Request(
        SERVER + path, json.dumps(body).encode() if body is not None else None, method=method,
        headers={"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def ask_json(method, path, body=None):
    return json.loads(ask(method, path, body))


def submit(sizes=(4,), epochs=RECIPE["epochs"], **more):
    """The sweep's id and, in order of size, those of its runs."""
    sweep = ask_json("POST", "/v1/sweeps", {
        "dataset": "polyps", "sizes": list(sizes), "depths": [2], "seeds": [7],
        "training": {**RECIPE, "epochs": epochs}, **more})["id"]
    runs = ask_json("GET", f"/v1/sweeps/{sweep}/runs")["items"]
    return sweep, [run["id"] for run in sorted(runs, key=lambda run: run["size"])]


def show(run):
    return ask_json("GET", f"/v1/runs/{run}")


def await_run(run, what, condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition(record := show(run)):
        if time.monotonic() > deadline:
            sys.exit(f"{run} was not {what} within {seconds} s: {record}")
        time.sleep(0.02)
    return record


def await_success(run):
    record = await_run(run, "finished", lambda record: record["state"] in ("succeeded", "failed"))
    check(record["state"] == "succeeded", f"{run} failed: {record}")
    return record


def outcome(run):
    """What must not depend on what happened on the way."""
    points = ask_json("GET", f"/v1/runs/{run}/curve")["points"]
    for point in points:
        del point["seconds"]
    return points, show(run)["test_dsc"], ask("GET", f"/v1/runs/{run}/model")


def check(holds, what):
    if not holds:
        sys.exit(what)


class Worker:
    """The example as a process. Leaving the block kills it."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [sys.executable, WORKER, "--server", SERVER, *options], env=dict(os.environ, PLATEAU_TOKEN=TOKEN),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def send(self, number):
        self.process.send_signal(number)

    def await_line(self, begins):
        """The next line that begins so."""
        for line in self.process.stdout:
            if line.startswith(begins):
                return line
        sys.exit(f"the worker ended and had not said {begins!r}")


def undisturbed():
    sweep, runs = submit(sizes=(2, 4))
    with Worker("--once-idle") as worker:
        check(worker.process.wait(30) == 0, "the worker did not leave with 0 when nothing was left")
    check(ask_json("GET", f"/v1/sweeps/{sweep}")["state"] == "succeeded", "the sweep did not succeed")
    points, dsc, weights = outcome(runs[1])
    check([point["epoch"] for point in points] == [1, 2, 3], f"the curve is {points}")
    check(points[-1]["train_loss"] < points[0]["train_loss"], f"nothing was learnt: {points}")
    length, = struct.unpack("<Q", weights[:8])
    check(json.loads(weights[8:8 + length])["weights"]["shape"] == [12], "the weights are no safetensors file")
    print(f"undisturbed: test DSC {dsc:.3f} of size 4")
    return points, dsc, weights


def disturbed():
    """Killed, then told to leave in the middle of an epoch, then stopped for longer than the lease."""
    (_, (run,)), slow = submit(), ("--step-seconds", "0.05")
    with Worker(*slow) as worker:
        await_run(run, "past its first epoch", lambda record: record["epochs"]["done"] >= 1)
        worker.send(signal.SIGKILL)
    record = await_run(run, "queued again", lambda record: record["state"] == "queued")
    check("was lost" in record["error"]["message"], f"the lost worker is not told of: {record}")
    with Worker(*slow) as worker:
        worker.await_line("claimed")
        time.sleep(0.2)  # Somewhere within an epoch; wherever it is, the outcome is the same.
        worker.send(signal.SIGTERM)
        worker.await_line("release")
        check(worker.process.wait(10) == 0, "the worker did not leave with 0 when it was told to")
    check(show(run)["state"] == "queued", "the run was not handed back")
    with Worker(*slow) as sleeper:
        # The second worker in a row that is lost without a new epoch would have the run quarantined.
        await_run(run, "past its second epoch", lambda record: record["epochs"]["done"] >= 2)
        sleeper.send(signal.SIGSTOP)
        await_run(run, "taken from a worker that sleeps", lambda record: record["state"] == "queued")
        with Worker() as other:
            other.await_line("claimed")
            sleeper.send(signal.SIGCONT)
            sleeper.await_line("dropped")
            await_success(run)
    print(f"disturbed: attempt {show(run)['attempt']}")
    return outcome(run)


def cancelled():
    sweep, (run,) = submit()
    with Worker("--step-seconds", "0.2") as worker:
        worker.await_line("claimed")
        ask("POST", f"/v1/sweeps/{sweep}/cancel")
        began = time.monotonic()
        worker.await_line("dropped")
        check(time.monotonic() - began < 1, "the cancelled run went on for more than a step")
    check(show(run)["state"] == "cancelled", "the run is not cancelled")
    print("cancelled: dropped")


def paused():
    """The worker hands the run back at once, and is not given it again before it is resumed."""
    _, (run,) = submit()
    with Worker("--step-seconds", "0.2") as worker:
        worker.await_line("claimed")
        ask("POST", f"/v1/runs/{run}/pause")
        began = time.monotonic()
        worker.await_line("release")
        check(time.monotonic() - began < 1, "the paused run went on for more than a step")
        check(show(run)["state"] == "paused", "the run is not paused")
        ask("POST", f"/v1/runs/{run}/resume")
        worker.await_line("claimed")
        await_success(run)
    print("paused: handed back, and resumed")
    return outcome(run)


def stopped_early():
    """Two runs train to their end. Any forecast of the third is narrow enough, so the order comes with an early epoch and
    nothing after it is trained."""
    _, runs = submit(sizes=(2, 3, 4), epochs=40, strategy="early_stop", tolerance=0.5)
    with Worker("--step-seconds", "0.05") as worker:
        for _ in runs:
            worker.await_line("finished")
    whole, record = [show(run) for run in runs[:2]], show(runs[2])
    check([run["state"] for run in whole] == ["succeeded"] * 2, f"the first two did not train to their end: {whole}")
    run = runs[2]
    check(record["state"] == "stopped_early", f"the run was not stopped early: {record}")
    done, last = record["epochs"]["done"], ask_json("GET", f"/v1/runs/{run}/curve")["points"][-1]["epoch"]
    check(0 < done == last < 40, f"{done} epochs are done, the curve ends with {last}")
    check(record["test_cases"] > 0 and ask("GET", f"/v1/runs/{run}/model"), f"nothing was evaluated: {record}")
    print(f"stopped early: after {done} of 40 epochs")


def damaged():
    for image in (pathlib.Path(FOLDER) / "polyps/images").iterdir():
        image.write_bytes(image.read_bytes() + b"\0")
    _, (run,) = submit()
    with Worker("--once-idle") as worker:
        worker.process.wait(30)
    record = show(run)
    check(record["state"] == "failed" and "register the folder anew" in record["error"]["message"], f"the run is {record}")
    print("damaged: failed, and says what to do")


expected = undisturbed()
check(disturbed() == expected, "what was disturbed came to another result")
check(paused() == expected, "what was paused came to another result")
cancelled()
stopped_early()
damaged()
print("the example worker keeps the protocol")
