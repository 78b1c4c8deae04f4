"""MLflow's REST interface on SQLite, and Optuna in this process on SQLite: each records one value of one step at a time."""

import http.client
import json
import time

from load import SLOT, press, request


class MLflow:
    name = "MLflow"

    def __init__(self, client, port):
        self.client, self.port = client, port
        self.runs = [self.ask("runs/create", {"experiment_id": "0", "start_time": 1}) for _ in range(8)]
        self.runs = [made["run"]["info"]["run_id"] for made in self.runs]

    @staticmethod
    def command(venv, work, port):
        return [venv / "bin/mlflow", "server", "--backend-store-uri", f"sqlite:///{work}/mlflow.db",
                "--default-artifact-root", work / "artifacts", "--host", "127.0.0.1", "--port", port]

    def ask(self, word, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", f"/api/2.0/mlflow/{word}", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"MLflow {word}: {answer.status} {data[:500]!r}")
        return json.loads(data)

    def metrics(self, connections, seconds):
        """One metric of one step a request, each connection's in a run of its own."""
        return press(self.client, self.port, [
            [(request("POST", "/api/2.0/mlflow/runs/log-metric", {
                "run_id": run, "key": "val_dsc", "value": 0.7793421149253845, "timestamp": 1, "step": SLOT}), 99_999_999)]
            for run in self.runs[:connections]], seconds)


class Optuna:
    name = "Optuna"

    def __init__(self, work):
        import optuna
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.study = optuna.create_study(storage=f"sqlite:///{work}/optuna.db")

    def reports(self, seconds):
        """`trial.report` of one step after another."""
        trial, began, count = self.study.ask(), time.monotonic(), 0
        while (spent := time.monotonic() - began) < seconds:
            count += 1
            trial.report(0.7793421149253845, count)
        return {"answers": count, "seconds": spent, "per_second": count / spent}
