"""Ingest and replay of ../shared/data/mail-support-threads: time, memory, disk, and what the replay says."""

import csv
import json
import os
import shutil
import subprocess
import sys
import time

from sets import DATA, OUT

THREADS = DATA / "mail-support-threads" / "threads.jsonl.gz"
FOLDER = OUT / "mail"


def call(binary, *arguments, data=FOLDER):
    """Runs the program; returns its JSON, and what it cost: seconds, CPU seconds and peak memory."""
    command = [str(binary), "--data-dir", str(data), "--json", *map(str, arguments)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {printed[-2000:]}")
    cost = {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_memory_mb": round(usage.ru_maxrss / 1024),
    }
    return json.loads(printed), cost


def megabytes(path):
    """What files take on disk: the engine's files have holes."""
    files = [path] if path.is_file() else path.rglob("*")
    return round(sum(file.stat().st_blocks * 512 for file in files if file.is_file()) / 1e6)


def ingest(binary):
    shutil.rmtree(FOLDER, ignore_errors=True)
    first, cost = call(binary, "ingest", THREADS)
    first = first[0] if isinstance(first, list) else first
    again, cost_again = call(binary, "ingest", THREADS)
    disk = {"store_mb": megabytes(FOLDER / "store.sqlite"), "index_mb": megabytes(FOLDER / "index")}
    shutil.rmtree(FOLDER / "index")
    _, rebuild = call(binary, "ask", "How do I set up an account?")
    again = again[0] if isinstance(again, list) else again
    chunks = first["chunks_added"]
    return {
        "threads": first["conversations_new"],
        "chunks": chunks,
        "embedded": first["embedded"],
        "chunks_per_second": round(chunks / cost["seconds"], 1),
        "first": cost,
        "second": cost_again,
        "second_share_of_first": round(cost_again["seconds"] / cost["seconds"], 4),
        "second_changed": again["conversations_new"] + again["conversations_changed"] + again["chunks_added"],
        "index_rebuilt_from_the_embedding_cache": rebuild,
        "disk": disk,
    }


def read(turns):
    """Writes turns of 2025 to read by eye, with their texts, into target/measure/read: no figure is made of them."""

    def run(binary):
        if not (FOLDER / "store.sqlite").exists():
            ingest(binary)
        arguments = ["--since", "2025-01-01T00:00:00Z", "--assume-learned", "public", "--skip-weightless", "--with-text"]
        told, cost = call(binary, "simulate", "--conversations", THREADS, *arguments, "--read", turns, "--out", OUT / "read")
        return {"page": told["files"]["read"], **cost}

    return run


SOME = 200


def replay(learned, limit=None):
    def run(binary):
        if not (FOLDER / "store.sqlite").exists():
            ingest(binary)
        out = OUT / f"replay-{learned}"
        arguments = ["simulate", "--conversations", THREADS, "--since", "2025-01-01T00:00:00Z", "--assume-learned", learned, "--skip-weightless", "--out", out]

        def go(*more):
            shutil.rmtree(out, ignore_errors=True)
            told, cost = call(binary, *arguments, *more)
            with open(out / "turns.csv", encoding="utf-8", newline="") as turns:
                asked = sum(1 for _ in csv.DictReader(turns))
            return told["summary"], {**cost, "turns": asked, "turns_per_second": round(asked / cost["seconds"], 1)}

        # Texts that the judge compares are embedded once and kept, so the same part again shows what that saves.
        _, cold = go("--limit", SOME)
        _, warm = go("--limit", SOME)
        summary, whole = go(*([] if limit is None else ["--limit", limit]))
        return {"some": cold, "some_again_with_warm_embeddings": warm, "whole": whole, "summary": summary}

    return run
