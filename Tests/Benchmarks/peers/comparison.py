"""From measurements to ratios and a table."""

import statistics


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def summary(rounds):
    """Medians of each program and the ratios round by round.

    `rounds` is a list of {program: measurement}, where "machine" is the probe's; a program that cannot do the
    configuration is missing from all of them.
    """
    programs = [name for name in rounds[0] if name != "machine"]
    result = {"programs": {}, "ratios": {}, "memory_ratios": {}, "machine": {}}
    for name in programs:
        result["programs"][name] = {
            key: statistics.median(round[name][key] for round in rounds)
            for key in ("items_per_second", "step_ms", "peak_rss_mb")
        }
    for ours, peers in (("plateau", ("A", "B")), ("plateau-bf16", ("B-bf16",))):
        for peer in peers:
            if ours in programs and peer in programs:
                result["ratios"][peer] = spread(
                    [round[ours]["items_per_second"] / round[peer]["items_per_second"] for round in rounds])
                result["memory_ratios"][peer] = (
                    result["programs"][ours]["peak_rss_mb"] / result["programs"][peer]["peak_rss_mb"])
    for key in ("one_thread", "all_threads", "busy_cores"):
        result["machine"][key] = spread([round["machine"][key] for round in rounds])
    return result


COLUMNS = ["configuration", "A", "B", "B bf16", "ours", "ours bf16", "ours / A", "goal", "ours / B", "goal",
           "bf16 / B bf16", "goal", "MB: A, B, ours", "memory ours / A", "machine GFLOP/s", "cores busy elsewhere"]


def markdown(results):
    """One row for each {"configuration", "batch", "goals", "summary"}; speeds in items per second, ratios as the median
    over rounds with the least and the greatest."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for result in results:
        summary = result["summary"]
        speed = {name: f"{of['items_per_second']:.4g}" for name, of in summary["programs"].items()}
        memory = {name: f"{of['peak_rss_mb']:.0f}" for name, of in summary["programs"].items()}

        def ratio(peer):
            if peer not in summary["ratios"]:
                return ["–", f"≥ {result['goals'][peer]}"]
            of = summary["ratios"][peer]
            return [f"{of['median']:.2f} ({of['min']:.2f}–{of['max']:.2f})", f"≥ {result['goals'][peer]}"]

        machine = summary["machine"]["all_threads"]
        cells = [f"{result['configuration']} × {result['batch']}"]
        cells += [speed.get(name, "–") for name in ("A", "B", "B-bf16", "plateau", "plateau-bf16")]
        cells += ratio("A") + ratio("B") + ratio("B-bf16")
        cells += [", ".join(memory.get(name, "–") for name in ("A", "B", "plateau"))]
        cells += [f"{summary['memory_ratios']['A']:.2f}" if "A" in summary["memory_ratios"] else "–"]
        cells += [f"{machine['median']:.0f} ({machine['min']:.0f}–{machine['max']:.0f})"]
        cells += [f"{summary['machine']['busy_cores']['median']:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
