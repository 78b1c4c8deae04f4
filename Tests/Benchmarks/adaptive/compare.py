#!/usr/bin/env python3
"""Does an adaptive sweep find the number of images that the full sweep finds, and with how many of its optimizer steps?

For each study the full sweep is trained once, as truth, then the adaptive one, by the same server and worker; both are
asked the same question. Exits with 1 unless each adaptive answer's interval holds the full sweep's n, its own n is within
--within of that, and it took at most --share of the steps. Slow: some 30 minutes a study on one core. What is trained
stays in --folder, and a later call goes on with it; a sweep there is known by its name.
"""

import argparse
import os
import pathlib
import subprocess
import sys

PACKAGE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PACKAGE / "Tests/Benchmarks/peers"))
from plateau_server import PlateauServer  # noqa: E402

STUDIES = {
    "kvasir": {
        "folder": "kvasir-seg", "layout": "image-mask", "target": 0.5,
        "recipe": ["--sizes", "20,32,50,79,124,196,310,490", "--depths", "3,4,5,6", "--seeds", "0,1",
                   "--image-size", "64x64", "--batch-size", "8", "--epochs", "20", "--steps-per-epoch", "30",
                   "--learning-rate", "0.002"],
    },
    "hippocampus": {
        "folder": "msd-hippocampus", "layout": "msd", "target": None,
        "recipe": ["--sizes", "5,8,12,19,30,48,75,117", "--depths", "3,4", "--seeds", "0,1", "--batch-size", "2",
                   "--epochs", "20", "--steps-per-epoch", "15", "--learning-rate", "0.002",
                   "--normalization", "instance"],
    },
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=PACKAGE / ".build/release/plateau")
    parser.add_argument("--data", type=pathlib.Path, default=PACKAGE.parent / "shared/data",
                        help="where kvasir-seg and msd-hippocampus lie")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="the server's data directory; kept")
    parser.add_argument("--study", choices=STUDIES, action="append", help="one of them, repeatable (default: both)")
    parser.add_argument("--target-dsc", type=float, help="ask how many images reach it (default: the study's own, or how many for a plateau)")
    parser.add_argument("--delta", type=float, default=0.01, help="of the plateau (default: 0.01)")
    parser.add_argument("--precision", type=float, default=0.3, help="(default: 0.3)")
    parser.add_argument("--tolerance", type=float, help="stop runs early by it (default: none)")
    parser.add_argument("--share", type=float, default=0.25, help="of the full sweep's steps, at most (default: 0.25)")
    parser.add_argument("--within", type=float, default=0.15, help="(default: 0.15)")
    return parser.parse_args()


class Server:
    """A running `plateau serve` with one worker of one thread."""

    def __init__(self):
        self.process = subprocess.Popen(
            [options.binary, "serve", "--data-dir", options.folder, "--listen", "127.0.0.1:0", "--data-root", options.data,
             "--workers", "1", "--threads-per-worker", "1"],
            stderr=subprocess.PIPE, text=True, env={**os.environ, "PLATEAU_LOG_LEVEL": "notice"})
        for line in self.process.stderr:
            if "listening on" in line:
                break
        else:
            raise RuntimeError(f"the server ended with {self.process.wait()}")
        self.questions = PlateauServer(options.folder)

    def command(self, *words):
        done = subprocess.run([options.binary, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "PLATEAU_DATA_DIR": str(options.folder)})
        return done.stdout

    def named(self, name):
        """The sweep of that name, trained to its end; None where there is none."""
        for sweep in self.questions.json("/v1/sweeps?limit=200")["items"]:
            if sweep["name"] == name:
                if sweep["state"] not in ("succeeded", "failed", "cancelled"):
                    self.command("watch", sweep["id"])
                return self.questions.sweep(sweep["id"])
        return None

    def trained(self, name, dataset, *words):
        if self.named(name) is None:
            self.command("submit", dataset, "--name", name, *words)
        sweep = self.named(name)
        if sweep["state"] != "succeeded":
            raise SystemExit(f"{name} is {sweep['state']}")
        return sweep

    def end(self):
        self.process.terminate()
        self.process.communicate(timeout=60)


def steps(server, sweep):
    return sum(run["epochs"]["done"] * run["steps_per_epoch"] for run in server.questions.runs_of(sweep["id"]))


def answer(server, sweep, target):
    query = f"delta={options.delta}" + (f"&target_dsc={target}" if target else "")
    estimate = server.questions.json(f"/v1/sweeps/{sweep['id']}/estimate?{query}")
    size = (estimate["n_target"] or {}).get("size") if target else estimate["n_plateau"]
    return estimate, size


def said(estimate, size):
    if size is None:
        return f"{estimate['status']}, depth {estimate['depth']}, no n"
    middle = f", median {size['median']}" if size.get("median") else ""
    return f"{estimate['status']}, depth {estimate['depth']}, n {size['value']} ({size['low']} to {size['high']}){middle}"


def judge(server, name, study):
    """Whether the study's adaptive sweep did what is wanted of it."""
    target = options.target_dsc or study["target"]
    if name not in [item["name"] for item in server.questions.json("/v1/datasets?limit=200")["items"]]:
        server.command("dataset", "add", name, options.data / study["folder"], "--layout", study["layout"])
    full = server.trained(f"{name}-full", name, *study["recipe"])
    question = ["--delta", options.delta] + (["--target-dsc", target] if target else [])
    adaptive = server.trained(
        f"{name}-adaptive-{target}-{options.delta}-{options.precision}-{options.tolerance}", name, *study["recipe"],
        "--strategy", "adaptive", "--estimate-precision", options.precision, *question,
        *(["--tolerance", options.tolerance] if options.tolerance else []))
    share = steps(server, adaptive) / steps(server, full)
    truth, wanted = answer(server, full, target)
    estimate, found = answer(server, adaptive, target)
    counts = adaptive["runs"]
    print(f"{name}: " + (f"n for a DSC of {target}" if target else f"n beyond which more gain less than {options.delta}"))
    print(f"  full: {steps(server, full)} steps, {said(truth, wanted)}")
    print(f"  adaptive: {steps(server, adaptive)} steps ({100 * share:.1f} %), {counts['total']} runs, "
          f"{counts['stopped_early']} stopped early, ended as {adaptive['plan']['reason']}, {said(estimate, found)}")
    if wanted is None or found is None:
        print(f"  {'both' if wanted == found else 'one'} without a number")
        return wanted == found and truth["status"] == estimate["status"] and share <= options.share
    contained = found["low"] <= wanted["value"] <= (found["high"] or float("inf"))
    ratio = found["value"] / wanted["value"]
    print(f"  contained: {'yes' if contained else 'no'}; n is {ratio:.2f} times that of the full sweep", flush=True)
    return contained and abs(ratio - 1) <= options.within and share <= options.share


options = arguments()
server = Server()
try:
    verdicts = [judge(server, name, STUDIES[name]) for name in options.study or STUDIES]
finally:
    server.end()
sys.exit(0 if all(verdicts) else 1)
