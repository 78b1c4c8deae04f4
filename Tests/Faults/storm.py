"""Faults, and how each is made."""

import collections
import os
import random
import signal
import threading
import time

from processes import LEASE_SECONDS, Failure

# How often each kind is drawn, relative to the others.
KINDS = {
    "kill server": 18, "kill worker": 22, "stop worker": 10, "stop server": 4, "power cut": 16, "full disk": 8,
    "drop connections": 8, "cut answer": 10, "cut request": 6, "hold": 6, "refuse": 4,
}

Fault = collections.namedtuple("Fault", "kind whom delay hold bytes")


def draw(seed, count, with_full_disk):
    """The faults of a seed: the same each time."""
    source = random.Random(f"faults {seed}")
    kinds = {kind: weight for kind, weight in KINDS.items() if with_full_disk or kind != "full disk"}
    return [
        Fault(kind, source.randrange(1 << 16), source.uniform(0, 0.5), source.random(), int(10 ** source.uniform(0, 4)))
        for kind in source.choices(list(kinds), list(kinds.values()), k=count)]


class Storm:
    """What faults happen to: a server on a volume, workers and a lab that reach it through proxies."""

    def __init__(self, server, volume, workers, proxies, submissions):
        self.server, self.volume, self.submissions = server, volume, submissions
        self.workers, self.proxies = workers, proxies
        self.happened = collections.Counter()
        self.reruns = 0
        self.done = {}

    def inject(self, fault):
        getattr(self, fault.kind.replace(" ", "_"))(fault)
        self.happened[fault.kind] += 1

    def check(self):
        for process in (self.server, *self.workers):
            process.check()
        self.submissions.check()

    def check_acknowledged(self, sweep):
        """Everything that was acknowledged before the server ended is there now that it has started again."""
        client = self.server.client
        acknowledged, cancelled = self.known
        present = collections.Counter(item["name"] for item in client.all("/v1/sweeps"))
        if missing := [key for key in acknowledged if present[key] != 1]:
            raise Failure(f"acknowledged, and there not exactly once: {missing}")
        for gone in cancelled:
            if (state := client.json("GET", f"/v1/sweeps/{gone}")["state"]) != "cancelled":
                raise Failure(f"{gone} was cancelled, and is {state}")
        self.note_progress(sweep)

    def note_progress(self, sweep):
        """Epochs that were once told of do not go away, nor does success."""
        for run in self.server.client.all(f"/v1/sweeps/{sweep}/runs"):
            told = run["epochs"]["done"], run["state"] == "succeeded"
            if (before := self.done.get(run["id"], told)) > told:
                raise Failure(f"{run['id']} had {before[0]} epochs (succeeded: {before[1]}) and has {told[0]}")
            self.done[run["id"]] = told

    def begin(self, sweep):
        self.sweep = sweep

    def restart(self, known=None):
        # What is acknowledged until here was acknowledged by the server that is gone.
        self.known = known or self.submissions.known()
        self.server.start()
        self.check_acknowledged(self.sweep)

    # Faults. `hold` is in [0, 1): how long, in the units of each.

    def kill_server(self, fault):
        self.note_progress(self.sweep)
        self.server.kill()
        time.sleep(fault.hold)
        self.restart()

    def stop_server(self, fault):
        """At times for longer than the leases, which nobody could renew meanwhile."""
        self.server.send(signal.SIGSTOP)
        time.sleep(fault.hold * 2 * LEASE_SECONDS)
        self.server.send(signal.SIGCONT)

    def power_cut(self, fault):
        """At one instant everything stops, and only what was synced is there from then on."""
        self.note_progress(self.sweep)
        known = self.submissions.known()
        self.server.kill()
        self.server.durable.leave(self.server.directory)
        self.restart(known)

    def kill_worker(self, fault):
        own = self.server.children()
        whom = fault.whom % (len(self.workers) + len(own))
        if whom < len(self.workers):
            self.workers[whom].kill()
            self.workers[whom].start()
        else:
            os.kill(own[whom - len(self.workers)], signal.SIGKILL)

    def stop_worker(self, fault):
        """For longer than its lease; everything else goes on meanwhile."""
        process = self.workers[fault.whom % len(self.workers)].process
        process.send_signal(signal.SIGSTOP)
        threading.Timer(
            LEASE_SECONDS * (1.2 + 2 * fault.hold), process.send_signal, [signal.SIGCONT]).start()

    def full_disk(self, fault):
        self.volume.fill()
        time.sleep(fault.hold * 1.5 * LEASE_SECONDS)
        self.volume.free()

    def proxy(self, fault):
        return self.proxies[fault.whom % len(self.proxies)]

    def drop_connections(self, fault):
        self.proxy(fault).drop()

    def cut_answer(self, fault):
        self.proxy(fault).cut("answers", fault.bytes)

    def cut_request(self, fault):
        self.proxy(fault).cut("requests", fault.bytes)

    def hold(self, fault):
        self.proxy(fault).hold(fault.hold * 1.5 * LEASE_SECONDS)

    def refuse(self, fault):
        self.proxy(fault).refuse(fault.hold * 1.5 * LEASE_SECONDS)

    def calm(self):
        """No fault is left: who was stopped goes on, what was held gets through."""
        for proxy in self.proxies:
            proxy.calm()
        for worker in self.workers:
            worker.send(signal.SIGCONT)
