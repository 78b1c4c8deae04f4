#!/usr/bin/env python3
"""Clients that ask, follow and vanish, while the server's memory and file descriptors are sampled.

Usage: soak_clients.py SERVER TOKEN PROCESS SECONDS

Fails when a request that was seen through got no proper answer, when descriptors are left once the clients are gone, or
when memory in the last quarter of the time lies above that of the second (the first is warming up).
"""

import json
import os
import pathlib
import random
import socket
import statistics
import struct
import sys
import threading
import time
import urllib.parse

SERVER, TOKEN, PROCESS, SECONDS = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
# What the last samples may lie above the earlier ones: an allocator's noise, not a leak at thousands of requests a second.
ALLOWED_GROWTH_KB = 3072
ALLOWED_DESCRIPTORS = 4

stopped = threading.Event()
counts, lock, failures = {}, threading.Lock(), []


def count(what):
    with lock:
        counts[what] = counts.get(what, 0) + 1


class Connection:
    def __init__(self):
        self.socket = socket.create_connection((SERVER.hostname, SERVER.port), timeout=30)
        self.buffered = b""

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def ask(self, method, path, body=None, more=""):
        data = json.dumps(body).encode() if body is not None else b""
        self.send(f"{method} {path} HTTP/1.1\r\nHost: soak\r\nAuthorization: Bearer {TOKEN}\r\n{more}"
                  f"Content-Length: {len(data)}\r\n\r\n".encode() + data)

    def answer(self):
        """Status and body of an answer with Content-Length."""
        while b"\r\n\r\n" not in self.buffered:
            self.receive()
        head, _, self.buffered = self.buffered.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:") and status != 304:
                length = int(line.split(b":")[1])
        while len(self.buffered) < length:
            self.receive()
        body, self.buffered = self.buffered[:length], self.buffered[length:]
        return status, body

    def receive(self):
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server closed")
        self.buffered += more

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def leave(self, dice):
        if dice.random() < 0.5:
            self.reset()
        else:
            self.socket.close()


class Patient:
    """A kept connection that is made anew where the server has closed it for its idleness, and asks again."""

    def __init__(self):
        self.connection = Connection()

    def exchange(self, *arguments, **named):
        try:
            self.connection.ask(*arguments, **named)
            return self.connection.answer()
        except ConnectionError:
            count("closed when idle")
            self.connection = Connection()
            self.connection.ask(*arguments, **named)
            return self.connection.answer()

    def close(self):
        self.connection.socket.close()


def well_behaved(run):
    """Keeps one connection and expects every answer."""
    connection = Patient()
    etag = ""
    while not stopped.is_set():
        status, _ = connection.exchange("GET", f"/v1/runs/{run}", more=f"If-None-Match: {etag}\r\n" if etag else "")
        if status not in (200, 304):
            raise RuntimeError(f"GET answered {status}")
        count("answered")
        etag = "" if etag else '"no"'
    connection.close()


def trainer(run, attempt):
    """Reports epochs now and then, so that followers have something to see."""
    connection = Patient()
    epoch = 0
    while not stopped.wait(SECONDS / 90):
        epoch += 1
        status, body = connection.exchange("POST", f"/v1/worker/runs/{run}/epochs", {"attempt": attempt, "epochs": [{
            "epoch": epoch, "train_loss": 1, "val_loss": 1, "val_dsc": 0.5, "learning_rate": 0.001, "seconds": 1,
            "images_seen": epoch}]})
        if status != 200:
            raise RuntimeError(f"epoch {epoch}: {status} {body[:200]!r}")
        if connection.exchange("POST", f"/v1/worker/runs/{run}/heartbeat", {"attempt": attempt})[0] != 200:
            raise RuntimeError("the lease was lost")
    connection.close()


def half_a_head(connection, run, dice):
    text = f"GET /v1/runs/{run} HTTP/1.1\r\nHost: soak\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    connection.send(text[:dice.randrange(len(text))])


def half_a_body(connection, run, dice):
    connection.send(f"POST /v1/sweeps HTTP/1.1\r\nHost: soak\r\nAuthorization: Bearer {TOKEN}\r\n"
                    f"Content-Length: 100000\r\n\r\n".encode() + b"x" * dice.randrange(50000))


def no_time_for_the_answer(connection, run, dice):
    for _ in range(dice.randrange(1, 30)):
        connection.ask("GET", f"/v1/runs/{run}/curve")


def half_a_conversation(connection, run, dice):
    connection.ask("GET", "/v1/sweeps")
    connection.socket.shutdown(socket.SHUT_WR)
    connection.answer()


def follower(connection, run, dice):
    connection.ask("GET", f"/v1/runs/{run}/events", more=f"Last-Event-ID: {dice.randrange(50)}-0-0\r\n")
    connection.receive()
    stopped.wait(dice.random())


def poll(connection, run, dice):
    connection.ask("GET", f"/v1/runs/{run}?wait=20", more="If-None-Match: *\r\n")
    stopped.wait(dice.random())


def nonsense(connection, run, dice):
    connection.send(dice.randbytes(dice.randrange(1, 3000)))


WAYS = [half_a_head, half_a_body, no_time_for_the_answer, half_a_conversation, follower, poll, nonsense]


def rude(run, number):
    dice = random.Random(number)
    while not stopped.is_set():
        way = dice.choice(WAYS)
        try:
            connection = Connection()
            way(connection, run, dice)
            connection.leave(dice)
        except OSError:
            pass  # The server may end it first.
        count(way.__name__)


def guarded(body, *arguments):
    def run():
        try:
            body(*arguments)
        except Exception as error:
            if not stopped.is_set():
                failures.append(f"{body.__name__}: {error!r}")
                stopped.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def sample():
    status = pathlib.Path(f"/proc/{PROCESS}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return {"rss_kb": int(fields["VmRSS"].split()[0]), "anonymous_kb": int(fields["RssAnon"].split()[0]),
            "threads": int(fields["Threads"]), "descriptors": len(os.listdir(f"/proc/{PROCESS}/fd"))}


def show(second, one):
    print(f"{second:7.0f} s  {one['rss_kb']:7d} kB resident  {one['anonymous_kb']:7d} kB anonymous"
          f"  {one['descriptors']:4d} descriptors  {one['threads']:3d} threads", flush=True)


def main():
    first = Connection()
    first.ask("POST", "/v1/worker/claim", {"worker": "soak"})
    claim = json.loads(first.answer()[1])
    run, attempt = claim["run"]["id"], claim["run"]["attempt"]
    first.socket.close()
    time.sleep(1)
    before = sample()
    show(0, before)
    threads = [guarded(well_behaved, run) for _ in range(8)] + [guarded(trainer, run, attempt)]
    threads += [guarded(rude, run, number) for number in range(24)]
    samples, begun = [], time.monotonic()
    every = max(1.0, SECONDS / 40)
    while not stopped.wait(every) and time.monotonic() - begun < SECONDS:
        samples.append(sample())
        show(time.monotonic() - begun, samples[-1])
    stopped.set()
    for thread in threads:
        thread.join()
    if failures:
        sys.exit(failures[0])

    # Everything is gone: the server lets go of it within its time limits.
    deadline = time.monotonic() + 45
    while (after := sample())["descriptors"] > before["descriptors"] + ALLOWED_DESCRIPTORS:
        if time.monotonic() > deadline:
            sys.exit(f"{after['descriptors']} descriptors are open, {before['descriptors']} were at first")
        time.sleep(0.5)
    show(time.monotonic() - begun, after)
    print(", ".join(f"{number} {what}" for what, number in sorted(counts.items())))
    quarter = len(samples) // 4
    early, late = (statistics.median(one["anonymous_kb"] for one in part)
                   for part in (samples[quarter:2 * quarter], samples[-quarter:]))
    print(f"anonymous memory: {early:.0f} kB in the second quarter, {late:.0f} kB in the last")
    if late > early + ALLOWED_GROWTH_KB:
        sys.exit("memory grows")
    if max(one["threads"] for one in samples) > 64:
        sys.exit("threads grow")
    print("descriptors and memory are flat")


if __name__ == "__main__":
    main()
