#!/usr/bin/env python3
"""Asks for one URL at a steady pace, on a kept connection and each tenth time on a new one; prints how long the answers
took and fails where one was wrong or 99 of 100 took longer than the bound."""

import argparse
import http.client
import ssl
import sys
import time
import urllib.parse

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("url")
arguments.add_argument("--seconds", type=float, default=30)
arguments.add_argument("--per-second", type=float, default=100)
arguments.add_argument("--p99-ms", type=float, required=True)
arguments.add_argument("--name", default="client")
arguments.add_argument("--ca-file", help="whom to trust, where the URL is https")
arguments = arguments.parse_args()

url = urllib.parse.urlsplit(arguments.url)


trust = ssl.create_default_context(cafile=arguments.ca_file) if url.scheme == "https" else None


def connect():
    if trust:
        return http.client.HTTPSConnection(url.hostname, url.port, timeout=10, context=trust)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=10)


def ask(connection):
    """Seconds until the whole answer was there."""
    begun = time.perf_counter()
    connection.request("GET", url.path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise ValueError(f"status {answer.status}")
    return time.perf_counter() - begun


taken, failures = [], []
kept = connect()
begun = time.monotonic()
for turn in range(int(arguments.seconds * arguments.per_second)):
    time.sleep(max(0, begun + turn / arguments.per_second - time.monotonic()))
    fresh = turn % 10 == 9
    connection = connect() if fresh else kept
    try:
        taken.append(ask(connection))
    except (OSError, ValueError, http.client.HTTPException) as error:
        failures.append(repr(error))
        connection.close()
        continue
    if fresh:
        connection.close()

taken.sort()
if not taken:
    sys.exit(f"{arguments.name}: no answer at all: {failures[:3]}")
p50, p99 = (taken[int((len(taken) - 1) * part)] * 1000 for part in (0.5, 0.99))
print(
    f"{arguments.name}: {len(taken)} answers, p50 {p50:.2f} ms, p99 {p99:.2f} ms, longest {taken[-1] * 1000:.2f} ms, "
    f"{len(failures)} failures"
)
if failures:
    sys.exit(f"{arguments.name}: {failures[:3]}")
if p99 > arguments.p99_ms:
    sys.exit(f"{arguments.name}: p99 is over {arguments.p99_ms} ms")
