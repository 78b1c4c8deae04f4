"""Questions to a running Plateau server whose data directory is at hand."""

import json
import pathlib
import urllib.request


class PlateauServer:
    def __init__(self, data_directory):
        self.data_directory = pathlib.Path(data_directory)
        self.address = (self.data_directory / "server-url").read_text().strip()
        self.token = (self.data_directory / "admin-token").read_text().strip()

    def bytes(self, path):
        request = urllib.request.Request(self.address + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def json(self, path):
        return json.loads(self.bytes(path))

    def run(self, id):
        return self.json(f"/v1/runs/{id}")

    def sweep(self, id):
        return self.json(f"/v1/sweeps/{id}")

    def runs_of(self, sweep):
        items, cursor = [], ""
        while cursor is not None:
            page = self.json(f"/v1/sweeps/{sweep}/runs?limit=200" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            cursor = page["next_cursor"]
        return items

    def dataset(self, name_or_id):
        return self.json(f"/v1/datasets/{name_or_id}")

    def manifest(self, dataset_id):
        return self.json(f"/v1/worker/datasets/{dataset_id}/manifest")

    def model(self, run):
        return self.bytes(f"/v1/runs/{run}/model")
