#!/usr/bin/env python3
"""Measures what the rules make of a conversation, on ../shared/data.

Searches the passages of `answerability` with the last turn of each dialogue, with its first turn, with all that the
customer wrote, with the whole dialogue, and with the question that `responder::understand` makes of it, through
`backstory eval`; then prints the figures of the example `understand_measure`, which has to be built.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from sets import DATA, OUT, ROOT, answerability, evaluate, rows

RELEASE = ROOT / "target" / "release"


def customer(case):
    return [turn["text"] for turn in case["turns"] if turn["author"] == "customer"]


def variants(made):
    return {
        "last turn": lambda case: case["turns"][-1]["text"],
        "first turn": lambda case: customer(case)[0],
        "all customer turns": lambda case: "\n".join(customer(case)),
        "whole dialogue": lambda case: "\n".join(turn["text"] for turn in case["turns"]),
        "last two customer turns": lambda case: "\n".join(customer(case)[-2:]),
        "standalone question": lambda case: made[case["case_id"]],
    }


def main():
    if not DATA.is_dir():
        sys.exit("skipped: no ../shared/data")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=RELEASE / "backstory")
    parser.add_argument("--example", type=Path, default=RELEASE / "examples" / "understand_measure")
    parser.add_argument("rows", nargs="*", help="only these ways of asking")
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    questions = OUT / "understood.jsonl"
    done = subprocess.run([arguments.example, DATA, questions], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"understand_measure: {done.stderr[-2000:]}")
    made = {row["id"]: row["text"] for row in map(json.loads, questions.read_text().splitlines())}
    cases = rows("answerability/cases.jsonl.gz")
    corpus, _ = answerability()
    kinds = {"all": cases, "follow-ups": [case for case in cases if len(case["turns"]) > 1]}
    for name, text in variants(made).items():
        if arguments.rows and name not in arguments.rows:
            continue
        for kind, chosen in kinds.items():
            asked = [{"id": case["case_id"], "text": text(case), "gold": case["gold_passages"]} for case in chosen]
            got = evaluate(arguments.binary, f"understand-{name}-{kind}".replace(" ", "-"), lambda: (corpus, asked))
            print(f"{name:<26}{kind:<12}ndcg@10 {got['ndcg@10']:.3f}  recall@5 {got['recall@5']:.3f}  auroc {got['auroc_answerable']:.3f}", flush=True)
    print(json.dumps(json.loads(done.stdout.strip().splitlines()[-1]), indent=1))


if __name__ == "__main__":
    main()
