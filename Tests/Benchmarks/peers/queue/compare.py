#!/usr/bin/env python3
"""The queue beside its peers, in one run and in turn: durable records of epochs over HTTP beside MLflow's REST log-metric
and Optuna's trial.report, both on SQLite; then what Plateau's queue does with 100,000 runs in it.

Usage: .build/peers-queue-venv/bin/python Tests/Benchmarks/peers/queue/compare.py [--rounds 3] [--seconds 3] [--json FILE]

Run `install` beside it first. Every side keeps its database on the same disk, and a record counts once it is answered:
Plateau's with synchronous=FULL, the peers' as they come (a transaction each, SQLite's default, which is FULL as well). A
record is one request with one epoch (of seven numbers to Plateau, one to the peers) over a kept connection, one in flight on
each. The client is in C; what it costs is shown, and takes from the same two cores. Medians over the rounds. Needs the machine
to itself, and exits with 1 where a goal is missed.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

import load
from peer_sides import MLflow, Optuna
from plateau_side import OPTIONS, Plateau
from processes import free_port, peak_megabytes, running

PACKAGE = pathlib.Path(__file__).resolve().parents[4]
QUEUED = 100_000


def syncs_per_second(folder, seconds=1):
    """What the disk allows: appends of 4 KiB, each made durable."""
    with open(folder / "syncs", "wb") as file:
        began, count = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            os.write(file.fileno(), bytes(4096))
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


def records(plateau, mlflow, optuna, rounds, seconds):
    """Records per second of each side, by side and clients: medians."""
    cases = [("Plateau, 8 connections", lambda: plateau.epochs(8, seconds)),
             ("Plateau, 1 connection", lambda: plateau.epochs(1, seconds)),
             ("MLflow, 1 client", lambda: mlflow.metrics(1, seconds)),
             ("MLflow, 4 clients", lambda: mlflow.metrics(4, seconds)),
             ("MLflow, 8 clients", lambda: mlflow.metrics(8, seconds)),
             ("Optuna, in process", lambda: optuna.reports(seconds))]
    measured = {name: [] for name, _ in cases}
    for round in range(rounds):
        # Who goes first changes, so that nobody always finds another's heat.
        for name, measure in cases if round % 2 == 0 else reversed(cases):
            measured[name].append(measure())
    return {name: {key: statistics.median(one[key] for one in several) for key in several[0]}
            for name, several in measured.items()}


class Report:
    """Figures as they come, and which goals they miss."""

    def __init__(self):
        self.figures, self.missed = {}, []

    def show(self, name, measured):
        self.figures[name] = measured
        tail = "".join(f"  {text} {measured[key]:.2f}" for key, text in (
            ("p50_ms", "p50 ms"), ("p99_ms", "p99 ms"), ("max_ms", "max ms"), ("client_us", "client µs")) if key in measured)
        print(f"{name:34} {measured['per_second']:10,.0f}/s{tail}", flush=True)

    def goal(self, text, value, holds):
        self.figures[text] = value
        print(f"{text:60} {value:10.2f}  {'met' if holds else 'MISSED'}", flush=True)
        if not holds:
            self.missed.append(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="of load, each time")
    parser.add_argument("--folder", type=pathlib.Path, default=PACKAGE / ".build", help="on the disk to measure")
    parser.add_argument("--json", type=pathlib.Path, help="also write every figure here")
    options = parser.parse_args()
    binary = os.environ.get("PLATEAU_BINARY") or PACKAGE / ".build/release/plateau"
    client, report = load.build_client(), Report()
    with contextlib.ExitStack() as stack:
        work = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peers-queue.", dir=options.folder)))
        ports = free_port(), free_port()
        serve = stack.enter_context(running(
            [binary, "serve", "--data-dir", work / "var", "--listen", f"http://127.0.0.1:{ports[0]}", "--data-root", work,
             *OPTIONS], ports[0], "/readyz", work / "plateau.log",
            # A connection of the client's outlasts its load.
            PLATEAU_HTTP_REQUESTS_PER_CONNECTION="1000000000"))
        plateau = Plateau(client, ports[0], (work / "var/admin-token").read_text().strip())
        plateau.prepare(binary, work)
        peer = stack.enter_context(running(
            MLflow.command(pathlib.Path(sys.prefix), work, ports[1]), ports[1], "/health", work / "mlflow.log"))
        mlflow, optuna = MLflow(client, ports[1]), Optuna(work)
        print(f"{os.cpu_count()} cores, {options.rounds} rounds of {options.seconds:g} s; the disk makes "
              f"{syncs_per_second(work):,.0f} appends of 4 KiB durable a second, one after another", flush=True)
        # The first requests make connections to databases, and load what is loaded late.
        mlflow.metrics(8, 10)
        plateau.epochs(8, 1)
        medians = records(plateau, mlflow, optuna, options.rounds, options.seconds)
        for name, measured in medians.items():
            report.show(name, measured)
        ours = medians["Plateau, 8 connections"]["per_second"]
        for name, times in (("MLflow, 1 client", 50), ("MLflow, 4 clients", 50), ("Optuna, in process", 5)):
            ratio = ours / medians[name]["per_second"]
            report.goal(f"times {name}; goal {times}", ratio, ratio >= times)
        report.show("requests of 20 epochs", plateau.batches(20))

        submitted = plateau.submissions(20)
        report.show("sweeps of 200 runs", submitted)
        report.goal("a sweep of 200 runs, median ms; goal 20", submitted["p50_ms"], submitted["p50_ms"] < 20)
        run = plateau.curve()
        for connections in (1, 8):
            curves = plateau.curves(run, connections, options.seconds)
            report.show(f"curves of 1,000 epochs, {connections} clients", curves)
            if connections == 1:
                report.goal("a curve of 1,000 epochs, p99 ms; goal 5", curves["p99_ms"], curves["p99_ms"] < 5)
        plateau.fill(QUEUED)
        print(f"{plateau.queued():,} runs are queued", flush=True)
        for connections in (1, 8):
            claims = plateau.claims(connections, 2000)
            report.show(f"claims, {connections} workers", claims)
            report.goal(f"a claim of {connections}, p99 ms; goal 5", claims["p99_ms"], claims["p99_ms"] < 5)
        memory = peak_megabytes(serve)
        report.goal("peak memory of `serve`, MB; goal 100", memory, memory < 100)
        report.figures["MLflow's peak memory, MB"] = peak_megabytes(peer)
        print(f"peak memory of MLflow's processes, MB: {peak_megabytes(peer):,.0f}")
    if options.json:
        options.json.write_text(json.dumps(report.figures, indent=1) + "\n")
    sys.exit(1 if report.missed else 0)


if __name__ == "__main__":
    main()
