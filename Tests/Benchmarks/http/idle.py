#!/usr/bin/env python3
"""Memory and processor time that idle kept connections cost Plateau's HTTP layer.

Usage: Tests/Benchmarks/http/idle.py [--connections 10000] [--limit-kb 8] [--program FILE]

Opens them, then asks once on each, then leaves them alone for a while; fails when one costs more resident memory than
the limit. The program is `plain-run` of Tests/Benchmarks/peers/http, built when none is given.
"""

import argparse
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers" / "http"))
import compare  # noqa: E402

REQUEST = b"GET /v1/runs/run_7c2m4xq9vt1b HTTP/1.1\r\nHost: idle\r\nAccept: */*\r\n\r\n"


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--limit-kb", type=float, default=8)
    parser.add_argument("--program", type=pathlib.Path)
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most < options.connections + 100:
        sys.exit(f"this shell may open {most} files: raise its limit (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    program = options.program or compare.build("plain-run", HERE.parent / "peers" / "http" / "plain-run", "PlainRun")
    with tempfile.NamedTemporaryFile() as body:
        body.write(b"{}")
        body.flush()
        port = compare.free_port()
        with compare.running([program, str(port), body.name]) as process:
            compare.await_answer(f"http://127.0.0.1:{port}/encoded/x", process)
            worst = measure(process, port, options.connections)
    if worst > options.limit_kb:
        sys.exit(f"a connection costs {worst:.2f} KB, more than {options.limit_kb}")


def measure(process, port, count):
    """Resident KB per connection, at the most."""
    before = compare.resident(process)
    print(f"{before:8.1f} MB resident without connections")

    def cost(what):
        grown = (compare.resident(process) - before) * 1024 / count
        print(f"{before + grown * count / 1024:8.1f} MB {what}: {grown:.2f} KB for each of {count}", flush=True)
        return grown

    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    time.sleep(2)
    costs = [cost("with connections that were never asked on")]
    for one in sockets:
        one.sendall(REQUEST)
        received = b""
        while not received.endswith(b"}"):
            received += one.recv(4096)
    time.sleep(2)
    costs.append(cost("after a request on each"))
    used, begun = cpu_seconds(process), time.monotonic()
    time.sleep(10)
    share = (cpu_seconds(process) - used) / (time.monotonic() - begun)
    print(f"{share:8.2%} of a core while they are idle")
    for one in sockets:
        one.close()
    return max(costs)


if __name__ == "__main__":
    main()
