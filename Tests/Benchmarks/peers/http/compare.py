#!/usr/bin/env python3
"""Requests per second, p99 and memory of Plateau's HTTP layer beside Hummingbird 2.

Usage: Tests/Benchmarks/peers/http/compare.py [--rounds 3] [--seconds 3] [--connections 1,64,256] [--json FILE]

Builds three programs in release: `plain-run` (Sources/HTTP alone, the run written by hand as Plateau writes it),
`hummingbird-run` (the same run by Hummingbird's own encoder) and `plateau`. Each answers with the number of event loops
that it takes by default: two for Plateau, one a core for Hummingbird. wrk asks one after the other, in turn, round by
round; medians are shown, and how many times Hummingbird's figure Plateau's is.

  run       the stored run, encoded for each request
  encoded   the same bytes, encoded beforehand, on both sides
  whole     GET /v1/runs/{id} of `plateau serve` (token, SQLite, JSON, a line in the log) beside Hummingbird's bare `run`
  304       the same with If-None-Match beside Hummingbird's bare `run`

Needs wrk (Debian), and the machine to itself.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent.parent.parent.parent
BUILD = PACKAGE / ".build" / "peers-http"
RUN = "run_7c2m4xq9vt1b"


def build(name, folder, product, anew=True):
    """The release binary of a package; built in a folder of its own, so that none lies among the sources."""
    scratch = BUILD / name
    common = ["swift", "build", "-c", "release", "--package-path", folder, "--scratch-path", scratch]
    if anew:
        subprocess.run([*common, "--product", product], check=True, stdout=sys.stderr)
    return pathlib.Path(subprocess.check_output([*common, "--show-bin-path"], text=True).strip()) / product


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url, headers={}):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.headers, answer.read()


def await_answer(url, process):
    for _ in range(400):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            return ask(url)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.025)
    raise RuntimeError(f"no answer from {url}")


@contextlib.contextmanager
def running(command):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Side:
    """A program under load at one address."""

    def __init__(self, name, url, process, headers=()):
        self.name, self.url, self.process, self.headers = name, url, process, headers

    def measure(self, connections, seconds):
        command = ["wrk", "-t", str(min(2, connections)), "-c", str(connections), "-d", f"{seconds}s", "--latency"]
        for header in self.headers:
            command += ["-H", header]
        text = subprocess.check_output([*command, self.url], text=True)
        if "Non-2xx" in text or "Socket errors" in text:
            raise RuntimeError(f"{self.name}: {text}")
        return {
            "requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p99_ms": milliseconds(re.search(r"99%\s+([\d.]+)(us|ms|s)", text)),
            "rss_mb": resident(self.process),
        }


def milliseconds(match):
    return float(match[1]) * {"us": 0.001, "ms": 1, "s": 1000}[match[2]]


def resident(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def whole_server(stack, work, plateau):
    """`plateau serve` with one run that has trained some epochs.
    - Returns: the process, the run's address and the headers that a client sends."""
    data = work / "var"
    process = stack.enter_context(running(
        [plateau, "serve", "--data-dir", data, "--listen", "127.0.0.1:0", "--workers", "0", "--rate-limit", "0",
         "--data-root", work,
         # No worker renews the run's lease: when it lapses the run changes, and what was a 304 is a 200.
         "--lease-seconds", "600"]))
    while not (data / "server-url").exists():
        if process.poll() is not None:
            raise RuntimeError(f"plateau serve ended with {process.returncode}")
        time.sleep(0.025)
    server = (data / "server-url").read_text().strip()
    await_answer(server + "/readyz", process)
    token = (data / "admin-token").read_text().strip()

    def command(*arguments):
        subprocess.run([plateau, *arguments, "--data-dir", data], check=True, stdout=subprocess.DEVNULL)

    def post(path, body):
        request = urllib.request.Request(server + path, json.dumps(body).encode(), {
            "Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    subprocess.run([plateau, "dataset", "synth", work / "polyps", "--count", "24", "--size", "32", "--seed", "3"],
                   check=True, stdout=subprocess.DEVNULL)
    command("dataset", "add", "polyps", work / "polyps")
    command("submit", "polyps", "--sizes", "8", "--depths", "2", "--seeds", "1", "--image-size", "32,32",
            "--epochs", "60", "--steps-per-epoch", "5")
    run = post("/v1/worker/claim", {"worker": "local-1"})["run"]
    post(f"/v1/worker/runs/{run['id']}/epochs", {"attempt": run["attempt"], "epochs": [
        {"epoch": epoch, "train_loss": 0.2134816497564316, "val_loss": 0.2519183456897736,
         "val_dsc": 0.7793421149253845, "learning_rate": 0.0008212, "seconds": 11.482, "images_seen": 40 * epoch}
        for epoch in range(1, 18)]})
    return process, f"{server}/v1/runs/{run['id']}", [f"Authorization: Bearer {token}"]


def compare(pairs, rounds, seconds, connections):
    results = []
    for name, ours, peer in pairs:
        for count in connections:
            measured = {side.name: [] for side in (ours, peer)}
            for round in range(rounds):
                # Who goes first changes, so that neither always finds the other's heat.
                for side in (ours, peer) if round % 2 == 0 else (peer, ours):
                    measured[side.name].append(side.measure(count, seconds))
            medians = {
                side: {key: statistics.median(one[key] for one in several) for key in several[0]}
                for side, several in measured.items()}
            one, other = medians[ours.name], medians[peer.name]
            results.append({
                "case": name, "connections": count, **medians,
                "ratio": {key: one[key] / other[key] for key in one}, "rounds": measured})
            show(results[-1], ours.name, peer.name)
    return results


def show(result, ours, peer):
    one, other, ratio = result[ours], result[peer], result["ratio"]
    print(f"{result['case']:8} {result['connections']:5d}"
          f"   {one['requests_per_second']:9,.0f} {other['requests_per_second']:9,.0f}  {ratio['requests_per_second']:5.2f}x"
          f"   {one['p99_ms']:7.2f} {other['p99_ms']:7.2f}  {ratio['p99_ms']:5.2f}x"
          f"   {one['rss_mb']:6.1f} {other['rss_mb']:6.1f}  {ratio['rss_mb']:5.2f}x", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of load, each time")
    parser.add_argument("--connections", default="1,64,256")
    parser.add_argument("--cases", default="run,encoded,whole,304")
    parser.add_argument("--json", type=pathlib.Path, help="also write every figure here")
    parser.add_argument("--build-only", action="store_true", help="measure nothing")
    parser.add_argument("--skip-build", action="store_true", help="measure what was built before")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("install wrk first: apt-get install wrk")
    anew = not options.skip_build
    plain = build("plain-run", HERE / "plain-run", "PlainRun", anew)
    hummingbird = build("hummingbird-run", HERE / "hummingbird-run", "HummingbirdRun", anew)
    plateau = os.environ.get("PLATEAU_BINARY") or build("plateau", PACKAGE, "plateau", anew)
    if options.build_only:
        return
    with contextlib.ExitStack() as stack:
        work = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plateau-compare.")))
        body = work / "body"
        body.write_bytes(b"{}")
        # The peer's own encoding is what both answer on /encoded.
        port = free_port()
        with running([hummingbird, str(port), body]) as first:
            body.write_bytes(await_answer(f"http://127.0.0.1:{port}/v1/runs/{RUN}", first)[1])
        sides = {}
        for name, program in (("plateau", plain), ("hummingbird", hummingbird)):
            port = free_port()
            process = stack.enter_context(running([program, str(port), body]))
            for case, path in (("run", "v1/runs"), ("encoded", "encoded")):
                url = f"http://127.0.0.1:{port}/{path}/{RUN}"
                await_answer(url, process)
                sides[case, name] = Side(name, url, process)
        pairs = [(case, sides[case, "plateau"], sides[case, "hummingbird"]) for case in ("run", "encoded")]
        cases = options.cases.split(",")
        if "whole" in cases or "304" in cases:
            process, url, headers = whole_server(stack, work, plateau)
            current_tag = lambda: ask(url, dict(header.split(": ", 1) for header in headers))[0]["ETag"]
            etag = current_tag()
            bare = sides["run", "hummingbird"]
            pairs.append(("whole", Side("plateau", url, process, headers), bare))
            pairs.append(("304", Side("plateau", url, process, [*headers, f"If-None-Match: {etag}"]), bare))
        lengths = [len(ask(sides["run", name].url)[1]) for name in ("plateau", "hummingbird")]
        print(f"a run is {lengths[0]} bytes from Plateau, which writes nulls, and {lengths[1]} from Hummingbird; "
              f"{os.cpu_count()} cores, {options.rounds} rounds of {options.seconds} s")
        print("case      conns     requests/s: ours, Hummingbird     p99 ms: ours, Hummingbird    resident MB", flush=True)
        results = compare([pair for pair in pairs if pair[0] in cases], options.rounds, options.seconds,
                          [int(count) for count in options.connections.split(",")])
        if "304" in cases and current_tag() != etag:
            sys.exit("the run has changed meanwhile: what is called 304 was a 200")
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
