"""The programs that are compared: PyTorch in its variants, Plateau, and the probe of the machine itself."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent.parent.parent

# Without it glibc gives large blocks back to the system at every step, and page faults cost PyTorch up to 25 %.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "67108864",
}


class Peer:
    """A process of peer_unet.py that is warm and waits between measurements, so that no round pays for compiling."""

    def __init__(self, configuration, mode, threads, seconds, environment={}):
        self.mode = mode
        self.process = subprocess.Popen(
            [sys.executable, HERE / "peer_unet.py", *configuration.arguments(threads), "--mode", mode,
             "--seconds", str(seconds), "--rounds"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
        self.torch = self.answer()["torch"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"peer_unet.py --mode {self.mode} ended with {self.process.wait()}")
        return json.loads(line)

    def measure(self):
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Plateau:
    """`plateau bench unet`, a process for each measurement."""

    def __init__(self, binary, configuration, threads, seconds, arguments=()):
        self.command = [binary, "bench", "unet", *configuration.arguments(threads), "--seconds", str(seconds),
                        "--warm-up", "1", "--json", *arguments]

    def measure(self):
        done = subprocess.run(self.command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().splitlines()[0] if done.stderr else f"exit code {done.returncode}")
        return json.loads(done.stdout)

    def end(self):
        pass


def plain_peer(configuration, threads, seconds):
    """Peer A: eager or channels last, whichever is faster in two trials each, taken in turn."""
    both = [Peer(configuration, mode, threads, seconds) for mode in ("eager", "channels_last")]
    trials = [[peer.measure()["items_per_second"] for peer in both] for _ in range(2)]
    speeds = [statistics.mean(of_one) for of_one in zip(*trials)]
    faster = speeds.index(max(speeds))
    both[1 - faster].end()
    return both[faster]


def busy_cores():
    """How many cores are at work for somebody else: looked at while all programs here wait."""

    def ticks():
        with open("/proc/stat") as file:
            user, nice, system, idle, wait, *rest = map(int, file.readline().split()[1:])
        return user + nice + system + sum(rest[:2])

    before = ticks()
    time.sleep(0.5)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / 0.5


class Machine:
    """GFLOP/s of fused multiply-adds, from peak.c, and what others take of the machine at that moment."""

    def __init__(self, threads):
        self.program = PACKAGE / ".build" / "peers-peak"
        self.threads = threads
        subprocess.run(["gcc", "-O2", "-o", self.program, HERE / "peak.c", "-lpthread"], check=True)

    def measure(self):
        busy = busy_cores()
        return {"busy_cores": busy, **json.loads(subprocess.check_output([self.program, str(self.threads)]))}
