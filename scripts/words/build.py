#!/usr/bin/env python3
"""Makes the word lists that `crates/ingest` embeds (see `crates/ingest/words/README.md`).

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python build.py ../../crates/ingest/words

Words and their frequencies come from `wordfreq`, the given and family names from `faker`. Each file is
gzip over: for every word, in byte order, one byte (1 + length of the prefix shared with the word before) and
the rest of the word; a zero byte; then one byte per word: the frequency as floor(5 * Zipf value), plus 128
when the word is also a usual name of a person.
"""

import gzip
import importlib
import io
import pathlib
import re
import sys

import wordfreq

# The rarest words kept, as Zipf values: 3 is once in a million words. English goes deepest because product
# texts of all languages are full of it; the languages at 3.0 are there so that they are not masked whole.
LANGUAGES = {
    "cs": 3.0, "de": 2.3, "en": 2.0, "es": 2.4, "fr": 2.4,
    "it": 2.4, "nl": 2.4, "pl": 3.0, "pt": 2.4, "sv": 3.0,
}  # fmt: skip
NAMES = {
    "cs": ["cs_CZ"], "de": ["de_DE", "de_AT", "de_CH"], "en": ["en_US", "en_GB"], "es": ["es_ES", "es_MX"],
    "fr": ["fr_FR", "fr_CH"], "it": ["it_IT"], "nl": ["nl_NL", "nl_BE"], "pl": ["pl_PL"],
    "pt": ["pt_PT", "pt_BR"], "sv": ["sv_SE"],
}  # fmt: skip
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
NAME_BIT = 128
# Family names that are more usual words than this, such as `page` and `list`, are taken for the word.
FAMILY_NAME_BELOW = 4.5


def names(locales, prefix):
    """Returns the given or family names of the locales, in lower case."""
    found = set()
    for locale in locales:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for field in dir(provider):
            if field.startswith(prefix):
                value = getattr(provider, field)
                if isinstance(value, (tuple, list, dict)):
                    found.update(name.lower() for name in value if isinstance(name, str))
    return found


def build(language, lowest, given, family):
    """Returns the file of one language and the number of its words."""
    kept = []
    for word, frequency in wordfreq.get_frequency_dict(language, wordlist="large").items():
        zipf = wordfreq.freq_to_zipf(frequency)
        word = word.replace("\u2019", "'")
        if zipf >= lowest and len(word.encode()) <= 30 and WORD.fullmatch(word):
            name = word in given or (word in family and zipf < FAMILY_NAME_BELOW)
            kept.append((word.encode(), int(zipf * 5 + 1e-6) | (NAME_BIT if name else 0)))
    kept.sort()
    text, before = bytearray(), b""
    for word, _ in kept:
        shared = 0
        while shared < min(len(word), len(before)) and word[shared] == before[shared]:
            shared += 1
        text += bytes([1 + shared]) + word[shared:]
        before = word
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0, filename="") as file:
        file.write(bytes(text) + b"\0" + bytes(value for _, value in kept))
    return out.getvalue(), len(kept)


def main():
    folder = pathlib.Path(sys.argv[1])
    # A name of one country is a name everywhere.
    given = set().union(*(names(locales, "first_name") for locales in NAMES.values()))
    family = set().union(*(names(locales, "last_name") for locales in NAMES.values()))
    for language, lowest in LANGUAGES.items():
        data, count = build(language, lowest, given, family)
        (folder / f"{language}.gz").write_bytes(data)
        print(f"{language}: {count} words, {len(data)} bytes")


if __name__ == "__main__":
    main()
