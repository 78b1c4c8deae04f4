"""Plateau as it is run, `plateau serve`, asked over HTTP."""

import http.client
import json
import subprocess

from load import SLOT, press, request

EPOCHS = 2000
RECIPE = {"image_size": [32, 32], "batch_size": 4, "steps_per_epoch": 5, "epochs": EPOCHS}
POINT = {"epoch": SLOT, "train_loss": 0.2134816497564316, "val_loss": 0.2519183456897736, "val_dsc": 0.7793421149253845,
         "learning_rate": 0.0008212, "seconds": 11.482, "images_seen": 4000}
# A lease outlasts the measurement.
OPTIONS = ["--workers", "0", "--lease-seconds", "3600"]


class Plateau:
    name = "plateau"

    def __init__(self, client, port, token):
        self.client, self.port, self.token = client, port, token

    def prepare(self, binary, work):
        subprocess.run([binary, "dataset", "synth", work / "polyps", "--count", "60", "--size", "32", "--seed", "3"],
                       check=True, stdout=subprocess.DEVNULL)
        self.ask("POST", "/v1/datasets", {"name": "polyps", "path": str(work / "polyps"), "layout": "image-mask"})

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, json.dumps(body) if body is not None else None, {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:500]!r}")
        return json.loads(data) if data else None

    def request(self, method, path, body=None):
        return request(method, path, body, self.token)

    @staticmethod
    def sweep(runs, epochs=EPOCHS, priority=0):
        """A submission of as many runs: sizes × depths × seeds."""
        seeds = {8: 1, 40: 5, 200: 5, 1000: 25}[runs]
        sizes, depths = {8: (4, 2), 40: (4, 2), 200: (10, 4), 1000: (10, 4)}[runs]
        return {"dataset": "polyps", "sizes": [2, 4, 6, 8, 12, 16, 20, 26, 32, 40][:sizes],
                "depths": [2, 3, 4, 5][:depths], "seeds": list(range(seeds)), "priority": priority,
                "training": {**RECIPE, "epochs": epochs}}

    def claim(self, count, priority=1):
        """So many runs of a sweep submitted for them, held by this program."""
        self.ask("POST", "/v1/sweeps", self.sweep(count, priority=priority))
        return [self.ask("POST", "/v1/worker/claim", {"worker": "benchmark"})["run"] for _ in range(count)]

    def epochs(self, connections, seconds):
        """Records of one epoch each, each connection's of one run after another."""
        runs = self.claim({1: 8, 8: 40}[connections])
        return press(self.client, self.port, [
            [(self.record(run, [POINT]), EPOCHS) for run in runs[first::connections]]
            for first in range(connections)], seconds)

    def batches(self, size):
        """Forty whole curves over 8 connections, `size` epochs a request."""
        runs = self.claim(40)
        requests = [
            [(self.record(run, [{**POINT, "epoch": epoch} for epoch in range(start, start + size)]), 1)
             for run in runs[first::8] for start in range(1, EPOCHS, size)]
            for first in range(8)]
        return press(self.client, self.port, requests, count=sum(map(len, requests)))

    def record(self, run, points):
        return self.request(
            "POST", f"/v1/worker/runs/{run['id']}/epochs", {"attempt": run["attempt"], "epochs": points})

    def submissions(self, count):
        """The same sweep of 200 runs, `count` times, one after another."""
        return press(self.client, self.port,
                     [[(self.request("POST", "/v1/sweeps", self.sweep(200, epochs=20)), count)]], count=count)

    def fill(self, runs):
        """Queues more runs until there are so many."""
        while (queued := self.queued()) < runs:
            for _ in range((runs - queued + 999) // 1000):
                self.ask("POST", "/v1/sweeps", self.sweep(1000, epochs=20))

    def queued(self):
        total, cursor = 0, ""
        while True:
            page = self.ask("GET", f"/v1/sweeps?limit=200{cursor}")
            total += sum(sweep["runs"]["queued"] for sweep in page["items"])
            if page["next_cursor"] is None:
                return total
            cursor = f"&cursor={page['next_cursor']}"

    def claims(self, connections, count):
        data = self.request("POST", "/v1/worker/claim", {"worker": "benchmark"})
        return press(self.client, self.port, [[(data, count)]] * connections, count=count)

    def curve(self):
        """The id of a run with a thousand epochs on record."""
        run = self.claim(8)[0]
        points = [{**POINT, "epoch": epoch, "val_dsc": 0.8 - 0.5 / epoch} for epoch in range(1, 1001)]
        self.ask("POST", f"/v1/worker/runs/{run['id']}/epochs", {"attempt": run["attempt"], "epochs": points})
        return run["id"]

    def curves(self, run, connections, seconds):
        data = self.request("GET", f"/v1/runs/{run}/curve")
        return press(self.client, self.port, [[(data, 99_999_999)]] * connections, seconds)
