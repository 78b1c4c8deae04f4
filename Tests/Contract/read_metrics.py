#!/usr/bin/env python3
"""Fails unless a file holds what Prometheus' parser takes and what the check beside it has asked for.

Usage: read_metrics.py FILE
"""

import math
import pathlib
import sys

from prometheus_client.parser import text_string_to_metric_families

families = {family.name: family for family in text_string_to_metric_families(pathlib.Path(sys.argv[1]).read_text())}


def value(name, sample, **labels):
    found = [one.value for one in families[name].samples if one.name == sample and labels.items() <= one.labels.items()]
    if len(found) != 1:
        sys.exit(f"{sample} {labels}: {len(found)} samples")
    return found[0]


def expect(what, condition):
    if not condition:
        sys.exit(f"not so: {what}")


run = "/v1/runs/{id}"
expect("three runs were asked for", value("http_requests", "http_requests_total", route=run, status="4xx") == 3)
expect("one path has no route", value("http_requests", "http_requests_total", route="none", status="4xx") == 1)
expect("routes are patterns", all("run_" not in one.labels["route"] for one in families["http_requests"].samples))
for family in families.values():
    if family.type != "histogram":
        continue
    for labels in {tuple(sorted((key, text) for key, text in one.labels.items() if key != "le")) for one in family.samples}:
        buckets = [(float(one.labels["le"]), one.value) for one in family.samples
                   if one.name.endswith("_bucket") and set(labels) <= set(one.labels.items())]
        count = value(family.name, family.name + "_count", **dict(labels))
        expect("bounds rise", buckets == sorted(buckets) and buckets[-1][0] == math.inf)
        expect("buckets add up", [n for _, n in buckets] == sorted(n for _, n in buckets) and buckets[-1][1] == count)
expect("this request is under way", value("http_requests_in_flight", "http_requests_in_flight") >= 1)
expect("its connection is open", value("http_connections_open", "http_connections_open") >= 1)
for name in ("process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_threads"):
    expect(name, families[name].type == "gauge" and value(name, name) > 0)
expect("time was spent", value("process_cpu_seconds", "process_cpu_seconds_total") > 0)
for state in ("queued", "running", "paused", "succeeded", "stopped_early", "failed", "cancelled"):
    expect("no runs yet", value("plateau_runs", "plateau_runs", state=state) == 0)
for name in ("plateau_oldest_queued_run_seconds", "plateau_workers_waiting"):
    expect(name, families[name].type == "gauge" and value(name, name) == 0)
for name in ("plateau_epochs", "plateau_images_trained", "plateau_leases_lost", "plateau_attempts_failed"):
    expect(name, families[name].type == "counter" and value(name, name + "_total") == 0)
expect("the tokens were written", value("plateau_store_write_seconds", "plateau_store_write_seconds_count") >= 2)
free, total = (value(f"plateau_disk_{which}_bytes", f"plateau_disk_{which}_bytes") for which in ("free", "total"))
expect("there is some room", 0 < free < total)
expect("the database has pages", value("plateau_database_bytes", "plateau_database_bytes") >= 4096)
expect("no files yet", all(one.value == 0 for one in families["plateau_files"].samples + families["plateau_file_bytes"].samples))
expect("the version is told", len(families["plateau_build_info"].samples) == 1)
print(f"{len(families)} metrics")
