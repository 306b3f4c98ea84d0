"""Duplicate people through `backstory identity duplicates --people`, held against who is who."""

import collections
import csv
import gzip
import json
import subprocess
import sys
import time

from sets import DATA, OUT

SETS = ["customers-1k", "customers-6k-a", "persons-au-1", "persons-au-3", "persons-uk-a"]


def proposed(binary, people):
    start = time.monotonic()
    done = subprocess.run([str(binary), "identity", "duplicates", "--people", str(people), "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{people}: {done.stdout}{done.stderr}")
    pairs = [json.loads(line) for line in done.stdout.splitlines()]
    return [(pair["a"], pair["b"]) for pair in pairs], time.monotonic() - start


def found(binary, name):
    folder = DATA / "profile-duplicates"
    with gzip.open(folder / f"{name}-truth.csv.gz", "rt", encoding="utf-8", newline="") as file:
        person = {row["record_id"]: row["person_id"] for row in csv.DictReader(file)}
    pairs, seconds = proposed(binary, folder / f"{name}.csv.gz")
    true = sum(size * (size - 1) // 2 for size in collections.Counter(person.values()).values())
    right = sum(person[a] == person[b] for a, b in pairs)
    precision, recall = right / max(len(pairs), 1), right / true
    f1 = 2 * right / (len(pairs) + true)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "pairs": len(pairs), "seconds": round(seconds, 2)}


def shop(binary):
    with gzip.open(DATA / "shop-customers" / "customers.jsonl.gz", "rt", encoding="utf-8") as file:
        people = [json.loads(line) for line in file]
    path = OUT / "shop-customers.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["record_id", "first_name", "last_name", "email", "address1", "address2", "city", "state", "zip"])
        for one in people:
            at = one["address"]
            table.writerow([one["account_id"], one["first_name"], one["last_name"], one["email"], at["address1"], at["address2"], at["city"], at["state"], at["zip"]])
    return {"wrong": len(proposed(binary, path)[0])}


def measure(binary):
    return {name: found(binary, name) for name in SETS} | {"shop-customers": shop(binary)}
