#!/usr/bin/env python3
"""Measures the release binary on ../shared/data and writes target/measure/summary.json.

Nothing is told to the program but files. A finished row is kept in target/measure/rows and not measured again;
delete the folder to start over, or name rows to measure only these.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import duplicates
import history
from sets import DATA, OUT, ROOT, SETS, evaluate

MANUALS = DATA / "device-manuals"
BINARY = ROOT / "target" / "release" / "backstory"


def example(name, *arguments):
    """Runs an example that `make measure` has built and returns the JSON it prints."""

    def run(_binary):
        call = [ROOT / "target" / "release" / "examples" / name, *map(str, arguments)]
        done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT)
        if done.returncode != 0:
            sys.exit(f"{name}: {done.stderr[-2000:]}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run


STAGES = {
    "ingest": history.ingest,
    "replay-public": history.replay("public"),
    "replay-internal": history.replay("internal", 600),
    "read-200": history.read(200),
    "search-100k": example("search_bench", 100_000),
    "answer-100k": example("answer_bench", 100_000),
    "rebuild-100k": example("rebuild_bench", 100_000, 20_000),
    "tenants": example("tenants_bench", "embedded", 1_000, 1_000),
    "tenants-stand-in": example("tenants_bench", "stand-in", 1_000, 1_000),
    "drafter": example("draft_measure", MANUALS / "sections.jsonl.gz", MANUALS / "questions.jsonl"),
    "duplicates": duplicates.measure,
}


def kept(name, make):
    """Returns the row of a name, measured now or kept from an earlier run."""
    path = OUT / "rows" / f"{name}.json"
    if path.exists():
        return json.loads(path.read_text())
    measured = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(measured, indent=1) + "\n")
    return measured


def line(name, figure, value, bar):
    verdict = "" if bar is None else f"  (at least {bar}: {'yes' if value >= bar else 'NO'})"
    print(f"{name:<24}{figure:<18}{value:.3f}{verdict}", flush=True)


def main():
    if not DATA.is_dir():
        sys.exit("skipped: no ../shared/data")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=BINARY)
    parser.add_argument("rows", nargs="*", help="only these")
    arguments = parser.parse_args()
    wanted = lambda name: not arguments.rows or name in arguments.rows
    summary = {}
    for name, make, figure, bar in SETS:
        if wanted(name):
            summary[name] = kept(name, lambda: evaluate(arguments.binary, name, make))
            line(name, figure, summary[name][figure], bar)
    bots = [summary[name]["auroc_answerable"] for name in summary if name.startswith("intents-")]
    if "answerability" in summary:
        line("answerable or not", "auroc_answerable", summary["answerability"]["auroc_answerable"], 0.82)
    if len(bots) == 3:
        summary["intents-mean"] = {"auroc_answerable": sum(bots) / 3}
        line("in or out of scope", "auroc_answerable", sum(bots) / 3, 0.88)
    for name, make in STAGES.items():
        if wanted(name):
            summary[name] = kept(name, lambda: make(arguments.binary))
            print(f"{name:<24}" + json.dumps({key: value for key, value in summary[name].items() if key != "summary"}), flush=True)
    OUT.mkdir(parents=True, exist_ok=True)
    if arguments.rows and (OUT / "summary.json").exists():
        summary = json.loads((OUT / "summary.json").read_text()) | summary
    (OUT / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main()
