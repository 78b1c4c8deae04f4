#!/usr/bin/env python3
"""How soon is a sweep of small networks done by as many workers as threads, and how soon by one worker with all the
threads? Each trial starts a server of its own on generated images; the two take turns, the first of a round in turn as
well. Needs a quiet machine.

Seconds are from the sweep's submission to its last run's end, as the server has them on record.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import urllib.request

PACKAGE = pathlib.Path(__file__).resolve().parents[3]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=PACKAGE / ".build/release/plateau")
    parser.add_argument("--threads", type=int, default=2, help="of all workers together (default: 2)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    parser.add_argument("--sizes", default="8,16,32,64", help="training images of the cells (default: 8,16,32,64)")
    parser.add_argument("--depths", default="3,4", help="levels of the cells (default: 3,4)")
    parser.add_argument("--image-size", type=int, default=64, help="height and width (default: 64)")
    parser.add_argument("--epochs", type=int, default=5, help="(default: 5)")
    parser.add_argument("--steps-per-epoch", type=int, default=30, help="of 8 images (default: 30)")
    return parser.parse_args()


class Server:
    """A running `plateau serve` that knows the data set."""

    def __init__(self, folder, images, workers, threads):
        self.data = folder / "var"
        self.process = subprocess.Popen(
            [options.binary, "serve", "--data-dir", self.data, "--listen", "127.0.0.1:0", "--data-root", images.parent,
             "--workers", str(workers), "--threads-per-worker", str(threads)],
            stderr=subprocess.PIPE, text=True, env={**os.environ, "PLATEAU_LOG_LEVEL": "notice"})
        for line in self.process.stderr:
            if "listening on" in line:
                break
        else:
            raise RuntimeError(f"the server ended with {self.process.wait()}")
        self.command("dataset", "add", "images", images)

    def command(self, *words):
        done = subprocess.run([options.binary, *map(str, words)], check=True, capture_output=True, text=True,
                              env={**os.environ, "PLATEAU_DATA_DIR": str(self.data)})
        return done.stdout

    def sweep(self, id):
        token = (self.data / "admin-token").read_text().strip()
        request = urllib.request.Request((self.data / "server-url").read_text().strip() + f"/v1/sweeps/{id}",
                                         headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def end(self):
        self.process.terminate()
        self.process.communicate(timeout=60)


def trial(images, workers, threads):
    """Seconds of one sweep."""
    with tempfile.TemporaryDirectory(prefix="plateau-workers.") as folder:
        server = Server(pathlib.Path(folder), images, workers, threads)
        try:
            sweep = json.loads(server.command(
                "submit", "images", "--sizes", options.sizes, "--depths", options.depths,
                "--image-size", options.image_size, "--epochs", options.epochs,
                "--steps-per-epoch", options.steps_per_epoch, "--json"))
            server.command("watch", sweep["id"])
            sweep = server.sweep(sweep["id"])
        finally:
            server.end()
    if sweep["state"] != "succeeded":
        raise SystemExit(f"the sweep is {sweep['state']}")
    begun, ended = (datetime.datetime.fromisoformat(sweep[key]) for key in ("created_at", "finished_at"))
    return (ended - begun).total_seconds()


options = arguments()
plans = {f"{options.threads} workers of 1 thread": (options.threads, 1),
         f"1 worker of {options.threads} threads": (1, options.threads)}
found = {name: [] for name in plans}
with tempfile.TemporaryDirectory(prefix="plateau-workers.") as folder:
    images = pathlib.Path(folder) / "images"
    count = max(map(int, options.sizes.split(","))) * 10 // 7 + 10
    subprocess.run([options.binary, "dataset", "synth", images, "--count", str(count),
                    "--size", str(options.image_size)], check=True, stdout=subprocess.DEVNULL)
    for number in range(options.rounds):
        names = list(plans) if number % 2 == 0 else list(reversed(plans))
        for name in names:
            found[name].append(trial(images, *plans[name]))
            print(f"round {number + 1}: {name}: {found[name][-1]:.1f} s", flush=True)
many, one = found.values()
ratios = [alone / together for together, alone in zip(many, one)]
for name, times in found.items():
    print(f"{name}: median {statistics.median(times):.1f} s ({min(times):.1f}-{max(times):.1f})")
print(f"one worker takes {statistics.median(ratios):.2f} times as long ({min(ratios):.2f}-{max(ratios):.2f}, within rounds)")
