#!/usr/bin/env python3
"""Finishes every queued run with a made-up curve over the worker protocol, then reads all of them as dashboards do.

Usage: finish_runs.py SERVER TOKEN
"""

import http.client
import json
import math
import random
import sys
import threading
import time
import urllib.parse

SERVER, TOKEN = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2]


class Client:
    """One kept connection."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(SERVER.hostname, SERVER.port, timeout=60)

    def send(self, method, path, body=None, **headers):
        headers["Authorization"] = f"Bearer {TOKEN}"
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        reply = self.connection.getresponse()
        data = reply.read()
        if reply.status >= 300:
            raise SystemExit(f"{method} {path}: {reply.status} {data[:500]!r}")
        return data

    def json(self, method, path, body=None):
        data = self.send(method, path, body)
        return json.loads(data) if data else None


def train(client):
    """Claims runs and finishes them until none is left."""
    count = 0
    while claim := client.json("POST", "/v1/worker/claim", {"worker": "made-up"}):
        run, noise = claim["run"], random.Random(claim["run"]["id"])
        final = 0.8 - 0.9 * run["size"] ** -0.6 + 0.01 * run["depth"] + noise.gauss(0, 0.01)
        for epoch in range(1, run["epochs_total"] + 1):
            dsc = min(1, max(0, final * (1 - math.exp(-epoch / 4)) + noise.gauss(0, 0.01)))
            point = {"epoch": epoch, "train_loss": 1.7 - dsc, "val_loss": 1.8 - dsc, "val_dsc": dsc,
                     "learning_rate": 0.001, "seconds": 0.5, "images_seen": 40 * epoch}
            client.json("POST", f"/v1/worker/runs/{run['id']}/epochs", {"attempt": run["attempt"], "epochs": [point]})
        client.json("POST", f"/v1/worker/runs/{run['id']}/finish",
                    {"attempt": run["attempt"], "test_dsc": min(1, max(0, final)), "test_dsc_sd": 0.1, "test_cases": 12})
        count += 1
    return count


def pages(client, path):
    """All items of a list, page by page."""
    items, cursor = [], None
    while True:
        page = client.json("GET", path + "?limit=200" + (f"&cursor={cursor}" if cursor else ""))
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def read(runs, sweep, failures):
    """What a dashboard asks for."""
    try:
        client = Client()
        for run in runs:
            for part in ("", "/curve", "/forecast"):
                client.send("GET", f"/v1/runs/{run['id']}{part}")
            client.send("GET", f"/v1/runs/{run['id']}/curve", Accept="text/csv")
        client.send("GET", f"/v1/sweeps/{sweep}")
        client.send("GET", f"/v1/sweeps/{sweep}/estimate?target_dsc=0.75")
    except (SystemExit, OSError) as error:
        failures.append(error)


client = Client()
begun = time.monotonic()
finished = train(client)
print(f"{finished} runs of 20 epochs finished in {time.monotonic() - begun:.1f} s")
if finished != 1000:
    sys.exit("expected 1000")
sweep = client.json("GET", "/v1/sweeps")["items"][0]["id"]
runs = pages(client, f"/v1/sweeps/{sweep}/runs")
if len(runs) != 1000 or any(run["state"] != "succeeded" for run in runs):
    sys.exit("not every run is listed as succeeded")
begun = time.monotonic()
failures = []
readers = [threading.Thread(target=read, args=(runs[part::8], sweep, failures)) for part in range(8)]
for reader in readers:
    reader.start()
for reader in readers:
    reader.join()
if failures:
    sys.exit(str(failures[0]))
print(f"all runs read by 8 clients in {time.monotonic() - begun:.1f} s")
