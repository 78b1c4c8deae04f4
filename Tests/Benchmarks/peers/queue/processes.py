"""Servers under measurement, and the memory that they take."""

import contextlib
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, port, path, log, **environment):
    """A server once it answers 200 at a path; ended with all its children."""
    with open(log, "wb") as sink:
        process = subprocess.Popen(
            [str(part) for part in command], env=dict(os.environ, **environment), stdout=sink, stderr=sink,
            start_new_session=True)
    try:
        await_answer(process, port, path, log)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def await_answer(process, port, path, log, seconds=120):
    deadline = time.monotonic() + seconds
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args[0]} does not answer:\n{pathlib.Path(log).read_text()[-2000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError):
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.05)


def peak_megabytes(process):
    """The most that the process and its children, whatever their depth, ever had resident, added up. What they share is
    counted for each."""
    total, left = 0, [process.pid]
    while left:
        one = pathlib.Path(f"/proc/{left.pop()}")
        with contextlib.suppress(FileNotFoundError):
            lines = (one / "status").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
            for thread in (one / "task").iterdir():
                left += [int(child) for child in (thread / "children").read_text().split()]
    return total / 1024
