"""Question sets of ../shared/data as the files that `backstory eval` reads, and their bars."""

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "target" / "measure"


def rows(name):
    path = DATA / name
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as file:
        return [json.loads(line) for line in file if line.strip()]


def table(name):
    path = DATA / name
    opened = gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else open(path, newline="", encoding="utf-8")
    with opened as file:
        return list(csv.DictReader(file))


def manuals():
    corpus = [{"id": s["section_id"], "title": s["title"], "text": s["text"]} for s in rows("device-manuals/sections.jsonl.gz")]
    asked = [{"id": q["question_id"], "text": q["question"], "gold": q["gold_sections"]} for q in rows("device-manuals/questions.jsonl")]
    return corpus, asked


def answerability():
    corpus = [{"id": p["passage_id"], "title": p["title"], "text": p["text"]} for p in rows("answerability/passages.jsonl.gz")]
    asked = [{"id": c["case_id"], "text": c["turns"][-1]["text"], "gold": c["gold_passages"]} for c in rows("answerability/cases.jsonl.gz")]
    return corpus, asked


def health(language):
    def make():
        entries = [f for f in rows("health-faq-multilingual/faq.jsonl.gz") if f["language"] == language and f["paraphrased"]]
        corpus = [{"id": f["faq_id"], "title": f["question"], "text": f["answer"], "language": language} for f in entries]
        known = {f["faq_id"] for f in entries}
        asked = [
            {"id": q["query_id"], "text": q["question"], "language": language, "gold": [g for g in q["gold_faqs"] if g in known]}
            for q in rows("health-faq-multilingual/queries.jsonl")
            if q["language"] == language
        ]
        return corpus, [q for q in asked if q["gold"]]

    return make


def passages(asked_in, text_in):
    def make():
        corpus = [
            {"id": p["passage_id"], "title": p["title"], "text": p[f"text_{text_in}"], "language": text_in}
            for p in rows("passages-de-en/passages.jsonl.gz")
        ]
        asked = [
            {"id": q["question_id"], "text": q[f"question_{asked_in}"], "language": asked_in, "gold": [q["gold_passage"]]}
            for q in rows("passages-de-en/questions.jsonl")
        ]
        return corpus, asked

    return make


def bank():
    corpus = [{"id": a["article_id"], "title": a["title"], "text": a["body"]} for a in rows("bank-helpcentre/articles.jsonl.gz")]
    asked = [
        {"id": c["case_id"], "text": " ".join(c["customer_utterances"]), "gold": c["required_articles"]}
        for c in rows("bank-helpcentre/cases.jsonl")
        if c["customer_utterances"]
    ]
    return corpus, asked


def mail():
    corpus = [
        {
            "id": t["conversation_id"],
            "text": f"{t['subject']}\n{t['turns'][0]['text']}",
            "language": t["language"],
            "created_at": t["created_at"],
            "leads_to": t["cited_articles"],
        }
        for t in rows("mail-support-threads/threads.jsonl.gz")
        if t["created_at"] < "2025" and t["cited_articles"]
    ]
    asked = [
        {"id": q["query_id"], "text": q["text"], "language": q["language"], "gold": q["gold_articles"], "at": q["created_at"]}
        for q in rows("mail-support-threads/dev-queries.jsonl.gz")
    ]
    return corpus, asked


def intents(bot):
    def make():
        corpus = [
            {"id": f"{bot}-{number}", "text": row["text"], "leads_to": [row["label"]]}
            for number, row in enumerate(table(f"intents-out-of-scope/{bot}-train.csv"))
        ]
        asked = [
            {"id": f"q-{number}", "text": row["text"], "gold": [row["label"]] if row["in_scope"] == "True" else []}
            for number, row in enumerate(table(f"intents-out-of-scope/{bot}-dev.csv"))
        ]
        return corpus, asked

    return make


# name, how to make it, the figure, the bar
SETS = [
    ("device-manuals", manuals, "ndcg@10", 0.70),
    ("answerability", answerability, "ndcg@10", 0.82),
    ("health-faq-en", health("en"), "ndcg@10", 0.87),
    ("health-faq-de", health("de"), "ndcg@10", 0.47),
    ("passages-de-de", passages("de", "de"), "ndcg@10", 0.93),
    ("passages-en-de", passages("en", "de"), "ndcg@10", 0.69),
    ("bank-helpcentre", bank, "ndcg@10", 0.33),
    ("mail-support-threads", mail, "recall@5", 0.61),
    ("intents-curekart", intents("curekart"), "auroc_answerable", None),
    ("intents-powerplay11", intents("powerplay11"), "auroc_answerable", None),
    ("intents-sofmattress", intents("sofmattress"), "auroc_answerable", None),
]


def write(path, values):
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")


def evaluate(binary, name, make):
    corpus, asked = make()
    folder = OUT / "sets" / name
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "corpus.jsonl", corpus)
    write(folder / "questions.jsonl", asked)
    call = [str(binary), "eval", "--corpus", str(folder / "corpus.jsonl"), "--questions", str(folder / "questions.jsonl"), "--run", str(folder / "run.trec"), "--json"]
    done = subprocess.run(call, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{name}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)
