#!/usr/bin/env python3
"""How long POST /v1/forecasts takes for a single curve, over one connection that stays open.

Start a server (a release build), then: Tests/Benchmarks/http/forecasts.py --token "$(cat var/admin-token)"
Ends with 1 where the 99th percentile is over --at-most-ms.
"""

import argparse
import http.client
import json
import random
import sys
import time
import urllib.parse

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--server", default="http://127.0.0.1:8080")
arguments.add_argument("--token", required=True)
arguments.add_argument("--points", type=int, default=100, help="points of each curve, of twice as many epochs")
arguments.add_argument("--requests", type=int, default=5000)
arguments.add_argument("--at-most-ms", type=float, default=2)
given = arguments.parse_args()

draw = random.Random(1)
bodies = []
for _ in range(50):
    top, rate = draw.uniform(0.5, 0.95), draw.uniform(0.3, 1)
    curve = [
        round(min(1, max(0, top - 0.5 * epoch**-rate + draw.gauss(0, 0.01))), 4) for epoch in range(1, given.points + 1)
    ]
    bodies.append(json.dumps({"curve": curve, "total_epochs": 2 * given.points}))

connection = http.client.HTTPConnection(urllib.parse.urlsplit(given.server).netloc)
headers = {"Authorization": f"Bearer {given.token}", "Content-Type": "application/json"}
milliseconds = []
# The first requests of a process are not what is asked about.
for number in range(-200, given.requests):
    start = time.perf_counter()
    connection.request("POST", "/v1/forecasts", bodies[number % len(bodies)], headers)
    answer = connection.getresponse()
    text = answer.read()
    took = 1000 * (time.perf_counter() - start)
    if answer.status != 200:
        sys.exit(f"status {answer.status}: {text.decode()}")
    if number >= 0:
        milliseconds.append(took)
    if number % 9000 == 8999:  # The server closes a connection after 10,000 requests.
        connection.close()

milliseconds.sort()
at = {share: milliseconds[int(share * (len(milliseconds) - 1))] for share in (0.5, 0.9, 0.99, 0.999)}
print(f"{given.requests} forecasts of curves of {given.points} points, milliseconds:")
print("  ".join(f"{100 * share:g} %: {value:.2f}" for share, value in at.items()))
sys.exit(1 if at[0.99] > given.at_most_ms else 0)
