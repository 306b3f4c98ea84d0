#!/usr/bin/env python3
"""Pairs for the check `grounding`, made by rule of ../shared/data/device-manuals: a sentence of a written answer, and the
same with one fact changed. Writes target/measure/grounding.jsonl, which the example `checks_measure` of the crate
`responder` reads.

One pair per sentence and kind of change, at most three sentences an answer and kind, each sentence once; numbers are rare in
the answers, so sentences of the sections themselves are taken for these too:

- number: a number is replaced, where possible by another number that stands in the passage;
- negation: a clause is negated, or its negation taken out;
- device: a device, port or radio is replaced by another of its kind;
- step: the two halves of "…, and then …", or two entries of a path "A > B", change places.

Every second pair is put in other words first, both sides alike: other verbs, "To do A, do B" as "Do B to do A", courtesy in
front. A pair lies in the part `report` when the hash of its section is odd; only `tune` may be looked at.
"""

import hashlib
import json
import re
import sys

from sets import DATA, OUT, rows

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])|\s*\b\d{1,2}\.\s*(?=[A-Z]|$)|\s*––\s*|\s+- \d{1,3} -(?:\s+|$)")
NAMES = {"two": "three", "three": "four", "four": "two", "five": "six", "six": "five", "seven": "eight", "ten": "twelve", "twice": "three times"}
DEVICES = [
    ["TV", "phone", "tablet"],
    ["television", "tablet"],
    ["smartphone", "laptop"],
    ["computer", "phone"],
    ["PC", "tablet"],
    ["remote", "keyboard"],
    ["soundbar", "headset"],
    ["HDMI", "USB"],
    ["USB", "HDMI"],
    ["Wi-Fi", "Bluetooth"],
    ["Bluetooth", "Wi-Fi"],
    ["SIM card", "memory card"],
    ["memory card", "SIM card"],
    ["device", "charger"],
    ["camera", "speaker"],
    ["left", "right"],
    ["front", "rear"],
    ["Wi-Fi network", "mobile network"],
]
NEGATE = [
    (r"\b(can) be\b", r"\1not be"),
    (r"\bcannot\b", "can"),
    (r"\b(is|are|does|do|must|should|will|may|was) not\b", r"\1"),
    (r"\b(isn't|aren't|doesn't|don't|won't)\b", lambda found: {"isn't": "is", "aren't": "are", "doesn't": "does", "don't": "do", "won't": "will"}[found[0]]),
    (r"\b(can|must|should|will|may)\b", lambda found: found[0] + ("not" if found[0] == "can" else " not")),
    (r"\b(is|are|was|were)\b", r"\1 not"),
    (r"\bYou need to\b", "You do not need to"),
    (r"\b(allows|lets)\b", lambda found: "does not " + found[0].rstrip("s")),
    (r"^(Press|Tap|Select|Connect|Use|Turn|Touch|Enter|Insert|Hold|Open|Swipe|Drag)\b", lambda found: "Do not " + found[0].lower()),
    (r"\bwithout\b", "with"),
]
WORDS = [
    (r"\b[Tt]ap\b", "touch"),
    (r"\bselect\b|^Select\b(?! button| key)", "choose"),
    (r"\b[Pp]ress and hold\b", "keep pressing"),
    (r"\bfunction\b", "feature"),
    (r"\bautomatically\b", "by itself"),
    (r"\bdisplay(s|ed)?\b", r"show\1"),
    (r"\bYou can\b", "It is possible to"),
    (r"\bin order to\b", "to"),
    (r"\bmay not\b", "might not"),
    (r"\bdepending on\b", "according to"),
    (r"\ballows you to\b", "lets you"),
    (r"\bensure\b", "make sure"),
    (r"\badjust\b", "change"),
    (r"\bnavigate to\b", "go to"),
    (r"\boptions\b", "choices"),
    (r"\brefer to\b", "see"),
]
COURTESY = ["", "In that case: ", "Please note: ", "As the manual says, "]


def number(seed):
    return int(hashlib.sha256(seed.encode()).hexdigest(), 16)


def change_number(sentence, passage, seed):
    found = list(re.finditer(r"(?<![\w.,-])\d{1,4}(?:[.,]\d+)?(?![\w])|\b(?:" + "|".join(NAMES) + r")\b", sentence))
    if not found:
        return None
    one = found[seed % len(found)]
    said = one[0]
    if said in NAMES:
        other = NAMES[said]
    else:
        known = sorted({n for n in re.findall(r"(?<![\w.,-])\d{1,4}(?![\w.,])", passage) if n != said and n not in sentence})
        other = known[seed % len(known)] if known and seed % 2 else str(int(re.split(r"[.,]", said)[0]) + 1 + seed % 5)
    return sentence[: one.start()] + other + sentence[one.end() :]


def change_negation(sentence, _passage, _seed):
    for pattern, by in NEGATE:
        changed, times = re.subn(pattern, by, sentence, count=1)
        if times:
            return changed
    return None


def change_device(sentence, _passage, seed):
    fitting = [group for group in DEVICES if re.search(rf"\b{group[0]}\b", sentence)]
    if not fitting:
        return None
    group = fitting[seed % len(fitting)]
    other = group[1 + seed % (len(group) - 1)]
    return re.sub(rf"\b{group[0]}\b", other, sentence)


def change_step(sentence, _passage, seed):
    then = re.match(r"^(.*?)((?:From|In|On) [^,]+, )?([^,]{6,}?),? and then ([^,.]{6,}?)([.].*|,.*|)$", sentence)
    if then:
        before, place, one, other, rest = (part or "" for part in then.groups())
        if re.search(r"\b(?:you|it|the \w+) \w+", one) and not re.match(r"[A-Za-z]+ ", one.strip()):
            return None
        upper = one.strip()[:1].isupper()
        one, other = one.strip(), other.strip()
        other = other[0].upper() + other[1:] if upper else other
        one = one[0].lower() + one[1:] if upper else one
        return f"{before}{place}{other}, and then {one}{rest}"
    path = re.search(r"([A-Z][\w ]{2,24}?) ?> ?([A-Z][\w ]{2,24}?)(?=[.,>]|$)", sentence)
    if path and path[1].strip() != path[2].strip():
        return sentence[: path.start()] + f"{path[2].strip()} > {path[1].strip()}" + sentence[path.end() :]
    return None


CHANGES = {"number": change_number, "negation": change_negation, "device": change_device, "step": change_step}


def in_other_words(sentence, seed):
    for pattern, by in WORDS:
        sentence = re.sub(pattern, by, sentence)
    purpose = re.match(r"^To ([^,]{4,60}), ([^,.]{8,})\.$", sentence)
    if purpose:
        sentence = f"{purpose[2][0].upper()}{purpose[2][1:]} to {purpose[1]}."
    front = COURTESY[seed % len(COURTESY)]
    return front + sentence if front else sentence[0].upper() + sentence[1:]


def pairs():
    sections = {section["section_id"]: section for section in rows("device-manuals/sections.jsonl.gz")}
    seen = set()
    answers = [(sections[one["gold_sections"][0]], one["answer"], CHANGES) for one in rows("device-manuals/questions.jsonl")]
    answers += [(section, section["text"], {"number": change_number}) for section in sections.values()]
    for gold, answer, changes in answers:
        for kind, change in changes.items():
            made = 0
            for sentence in SENTENCE.split(answer):
                sentence = " ".join(sentence.split())
                seed = number(f"{kind} {sentence}")
                if made == 3 or not 25 <= len(sentence) <= 300 or (kind, sentence) in seen:
                    continue
                changed = change(sentence, gold["text"], seed)
                if changed is None or changed == sentence:
                    continue
                seen.add((kind, sentence))
                made += 1
                true = sentence
                paraphrased = seed // 7 % 2 == 1
                if paraphrased:
                    true, changed = (in_other_words(text, seed // 11) for text in (true, changed))
                part = "report" if number(gold["section_id"]) % 2 else "tune"
                yield {
                    "change": kind,
                    "paraphrased": paraphrased,
                    "part": part,
                    "title": gold["title"],
                    "passage": gold["text"],
                    "true": true,
                    "changed": changed,
                }


def main():
    if not DATA.is_dir():
        sys.exit("skipped: no ../shared/data")
    OUT.mkdir(parents=True, exist_ok=True)
    made = list(pairs())
    with open(OUT / "grounding.jsonl", "w", encoding="utf-8") as file:
        for pair in made:
            file.write(json.dumps(pair, ensure_ascii=False) + "\n")
    counts = {kind: sum(pair["change"] == kind for pair in made) for kind in CHANGES}
    print(json.dumps({"pairs": len(made), **counts, "paraphrased": sum(pair["paraphrased"] for pair in made), "report": sum(pair["part"] == "report" for pair in made)}))


if __name__ == "__main__":
    main()
