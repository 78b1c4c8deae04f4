"""The sweep that is trained twice, in calm and in the storm, and what must come out equal."""

import hashlib
import json

from processes import Failure, command

SHORT = {"sizes": [4], "depths": [2], "seeds": list(range(10))}
SHORT_RECIPE = {"image_size": [16, 16], "batch_size": 4, "steps_per_epoch": 2, "epochs": 2}


def draw(root):
    command("dataset", "synth", root / "polyps", "--count", 40, "--size", 32, "--seed", 5)


def register(client, root):
    client.json("POST", "/v1/datasets", {"name": "polyps", "path": str(root / "polyps"), "layout": "image-mask"})


def long_sweep(runs, epochs):
    """As many runs as asked for, of two sizes and two depths."""
    return {"dataset": "polyps", "sizes": [6, 20], "depths": [2, 3], "seeds": list(range(runs // 4)),
            "training": {"image_size": [16, 16], "batch_size": 4, "steps_per_epoch": 20, "epochs": epochs}}


def short_sweep(seed=None):
    """One cell of `SHORT`, or all."""
    cells = SHORT if seed is None else {**SHORT, "seeds": [seed]}
    return {"dataset": "polyps", **cells, "training": SHORT_RECIPE}


def cell(run):
    return run["size"], run["depth"], run["seed"]


def outcome(client, run):
    """A run's curve but for wall times, its scores and its weights."""
    points = client.json("GET", f"/v1/runs/{run['id']}/curve")["points"]
    numbers = [point["epoch"] for point in points]
    if numbers != list(range(1, run["epochs"]["total"] + 1)):
        raise Failure(f"{run['id']} has the epochs {numbers}")
    for point in points:
        del point["seconds"]
    status, weights = client.patiently("GET", f"/v1/runs/{run['id']}/model")
    if status != 200 or hashlib.sha256(weights).hexdigest() != run["model"]["sha256"]:
        raise Failure(f"{run['id']}: its weights cannot be read: {status}")
    scores = {key: run[key] for key in ("test_dsc", "test_dsc_sd", "test_cases", "test_dsc_by_class", "best_val_dsc")}
    return json.dumps([points, scores, run["model"]["sha256"]])


def outcomes(client, sweep):
    """By cell. Raises Failure unless every run has succeeded."""
    found = {}
    for run in client.all(f"/v1/sweeps/{sweep}/runs"):
        if run["state"] != "succeeded":
            raise Failure(f"{run['id']} of {sweep} is {run['state']}: {run['error']}")
        found[cell(run)] = outcome(client, run)
    return found
