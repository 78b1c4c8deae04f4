"""The client in C, and the requests that it sends."""

import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[3] / ".build" / "peers-queue"
# Replaced by the client with 1, 2, …; a number to JSON once it is.
SLOT = "@@@@@@@@"


def build_client():
    BUILD.mkdir(parents=True, exist_ok=True)
    client = BUILD / "client"
    subprocess.run(["cc", "-O2", "-o", client, HERE / "client.c"], check=True)
    return client


def request(method, path, body=None, token=None):
    """The bytes of one request. SLOT stands in `body` where its text has it in quotation marks."""
    content = b"" if body is None else json.dumps(body).replace(f'"{SLOT}"', SLOT).encode()
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
            f"Content-Length: {len(content)}"]
    if token:
        head.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*head, "", ""]).encode() + content


def press(client, port, by_connection, seconds=60, count=0):
    """Sends each connection's (request, times) and returns what the client measured."""
    records = b"".join(
        f"{index} {times} {len(data)}\n".encode() + data
        for index, requests in enumerate(by_connection) for data, times in requests)
    done = subprocess.run(
        [client, "127.0.0.1", str(port), str(len(by_connection)), str(seconds), str(count)], input=records,
        capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace")[:2000])
    return json.loads(done.stdout)
