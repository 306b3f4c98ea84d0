#!/usr/bin/env python3
"""Builds Backstory's local embedding model from the published weights of all-MiniLM-L6-v2.

    build.py --source DIR --out DIR     writes model.onnx, tokenizer.json, model.toml, check.json
    build.py --source DIR --check DIR   compares a built model with the unquantised one

`--source` holds `model.safetensors` and `tokenizer.json` as published; `backstory models pull`
finds it, checks both files and runs this script in a virtual environment of its own. Nothing here
needs torch. The same weights give the same bytes: no time, path or random number goes in.

The graph is the six-layer BERT encoder without its pooler. It uses the fused operators
`MultiHeadAttention`, `BiasGelu` and `SkipLayerNormalization`, which both rten and ONNX Runtime
have, since moving data between small operators costs as much as the arithmetic.

Linear layers are int8: weights symmetric with a scale per output channel, activations quantised
while running with one scale for all tokens of a text. What suffers from that single scale is the
feed-forward block, so its inputs are evened out first: channels by `smoothing`, before the first
matrix, and tokens by their largest value, before the second. This takes the mean cosine with the
unquantised graph from 0.994 to 0.998.
"""

import argparse
import hashlib
import json
import math
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

NAME = "all-minilm-l6-v2-int8"
FORMAT = 1
LAYERS, HEADS, HIDDEN, EPSILON = 6, 12, 384, 1e-12
MAX_LENGTH = 256
LOWEST_COSINE = 0.985

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

SENTENCES = [
    "How do I change the e-mail address of my account?",
    "The invoice from March shows the wrong company name.",
    "Your refund was sent on Tuesday and should arrive within five working days.",
    "error 0x80070005",
    "hi",
    "To reset the device, hold the power button for ten seconds until the light blinks twice, "
    "then release it and wait for the short tone before you open the app again.",
    "I was told that somebody would call me back, but two weeks have passed and nothing happened.",
    "Die Lieferung ist noch nicht angekommen, koennen Sie bitte nachsehen?",
    "Exports larger than 10,000 rows are split into several files; each file repeats the header "
    "row. If you need a single file, ask an administrator to raise the limit in the workspace "
    "settings, under Data and then Exports. The change takes effect for the next export and does "
    "not alter files that were made before. Scheduled exports follow the same limit. When a "
    "scheduled export fails three times in a row it is paused and the owner gets a message with "
    "the reason and a link to try again by hand.",
    "thanks, works now!!!",
    "SELECT id FROM orders WHERE state = 'open' AND created_at < '2024-01-01';",
    "We moved the single sign-on settings; you will find them on the security page.",
    "cancel my subscription please, I do not need it any more",
    "The battery drains overnight even though the phone is switched off.",
    "Can two people share one licence if they work at different times?",
    "1. Open the menu. 2. Choose Devices. 3. Tap the plus sign. 4. Follow the steps.",
]


def smoothing(gamma, beta, weight):
    """Returns a divisor per channel that moves large activations into the weights.

    After a normalisation the size of a channel is known without data: about three times its gamma
    plus its beta. A power of that is divided by what the weights can take (as in SmoothQuant).
    """
    size = 3 * np.abs(gamma) + np.abs(beta)
    room = np.abs(weight).max(axis=0)
    return (np.sqrt(np.sqrt(size)) ** 3 / np.sqrt(np.sqrt(room))).astype(np.float32)


def quantise_columns(matrix):
    """Symmetric int8 with one scale per column."""
    return with_scale(matrix, np.abs(matrix).max(axis=0) / 127)


def quantise_weight(matrix):
    """As `quantise_columns`, for the right side of a product of u8 and i8.

    Processors without int8 dot products add the products of two neighbours in 16 bits. Where two
    codes add up to 128 at most, that cannot overflow (128 * 255 fits), and every machine computes
    the same. Large neighbours of one sign are rare, so this costs half a bit; the usual remedy,
    codes of 7 bits, costs a whole one.
    """
    pairs = matrix.reshape(len(matrix) // 2, 2, -1)
    sums = np.maximum(np.maximum(pairs, 0).sum(axis=1), np.maximum(-pairs, 0).sum(axis=1))
    codes, scale = with_scale(matrix, np.maximum(np.abs(matrix).max(axis=0), sums.max(axis=0)) / 127)
    pairs = codes.astype(np.int32).reshape(pairs.shape)
    assert np.maximum(np.maximum(pairs, 0).sum(axis=1), np.maximum(-pairs, 0).sum(axis=1)).max() <= 128
    return codes, scale


def with_scale(matrix, scale):
    scale = scale.astype(np.float32)
    scale[scale == 0] = 1.0
    return np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8), scale


class Graph:
    """Collects nodes and constants; every method returns the name of its output."""

    def __init__(self, quantised):
        self.quantised = quantised
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind, inputs, name, outputs=None, **attributes):
        outputs = outputs or [name]
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=name, **attributes))
        return outputs[0]

    def fused(self, kind, inputs, name, **attributes):
        return self.node(kind, inputs, name, domain="com.microsoft", **attributes)

    def rows(self, table, ids, name):
        """Looks up rows of an embedding table."""
        if not self.quantised:
            return self.node("Gather", [self.constant(f"{name}.table", table), ids], name)
        codes, scale = quantise_columns(table.T)
        codes = self.node("Gather", [self.constant(f"{name}.codes", codes.T), ids], f"{name}.q")
        scale = self.constant(f"{name}.scale", scale[:, None])
        scale = self.node("Gather", [scale, ids], f"{name}.s")
        codes = self.node("Cast", [codes], f"{name}.f", to=TensorProto.FLOAT)
        return self.node("Mul", [codes, scale], name)

    def quantise(self, x, name):
        """Makes `x` ready for `linear`; shared by the layers that read the same input."""
        if not self.quantised:
            return [x]
        outputs = [f"{name}.q", f"{name}.scale", f"{name}.zero"]
        self.node("DynamicQuantizeLinear", [x], name, outputs)
        return outputs

    def linear(self, x, weight, name):
        """Multiplies by a weight stored as published, one row per output; adds no bias."""
        weight = weight.T
        if not self.quantised:
            return self.node("MatMul", [*x, self.constant(f"{name}.w", weight)], name)
        codes, scale = quantise_weight(weight)
        x_codes, x_scale, x_zero = x
        codes = self.constant(f"{name}.w", codes)
        zero = self.constant(f"{name}.zero", np.zeros(scale.shape, np.int8))
        scale = self.constant(f"{name}.scale", scale)
        product = self.node("MatMulInteger", [x_codes, codes, x_zero, zero], f"{name}.i")
        product = self.node("Cast", [product], f"{name}.f", to=TensorProto.FLOAT)
        scale = self.node("Mul", [x_scale, scale], f"{name}.xs")
        return self.node("Mul", [product, scale], name)


def build(weights, quantised):
    """Returns the encoder as an ONNX model: token ids and mask in, one vector per token out."""
    g = Graph(quantised)
    take = lambda name: weights[name].astype(np.float32)

    words = g.rows(take("embeddings.word_embeddings.weight"), "input_ids", "words")
    # There is one segment only, so its row joins the positions.
    positions = take("embeddings.position_embeddings.weight")[:MAX_LENGTH]
    positions = g.constant("positions", positions + take("embeddings.token_type_embeddings.weight")[0])
    length = g.node("Shape", ["input_ids"], "length", start=1, end=2)
    zero, axis = g.constant("zero", np.array([0], np.int64)), g.constant("axis", np.array([0], np.int64))
    positions = g.node("Slice", [positions, zero, length, axis], "positions.used")
    norm = [g.constant(f"embed.{p}", take(f"embeddings.LayerNorm.{q}")) for p, q in (("g", "weight"), ("b", "bias"))]
    x = g.node("Add", [words, positions], "embed.sum")
    x = g.node("LayerNormalization", [x, *norm], "embed", axis=-1, epsilon=EPSILON)
    mask = g.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)

    for layer in range(LAYERS):
        x = encoder_layer(g, x, mask, layer, take)
    g.nodes[-1].output[0] = "last_hidden_state"

    tokens = ["batch", "length"]
    graph = helper.make_graph(
        g.nodes,
        NAME,
        [helper.make_tensor_value_info(n, TensorProto.INT64, tokens) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*tokens, HIDDEN])],
        g.constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="backstory")


def encoder_layer(g, x, mask, layer, take):
    """Attention and feed-forward block, each followed by residual and normalisation."""
    at = f"encoder.layer.{layer}."
    ready = g.quantise(x, f"{layer}.in")
    parts = []
    for part in ("query", "key", "value"):
        parts.append(g.linear(ready, take(f"{at}attention.self.{part}.weight"), f"{layer}.{part}"))
    query_bias = g.constant(f"{layer}.query.b", take(f"{at}attention.self.query.bias"))
    parts[0] = g.node("Add", [parts[0], query_bias], f"{layer}.query.sum")
    # The bias of the keys shifts all scores of a query alike, so the softmax drops it. The bias of
    # the values passes through the softmax unchanged, so it joins the bias of the output.
    out_weight = take(f"{at}attention.output.dense.weight")
    out_bias = joined_bias(out_weight, take(f"{at}attention.self.value.bias"), take(f"{at}attention.output.dense.bias"))
    scale = 1.0 / math.sqrt(HIDDEN // HEADS)
    mixed = g.fused("MultiHeadAttention", [*parts, "", mask], f"{layer}.attention", num_heads=HEADS, scale=scale)
    out = g.linear(g.quantise(mixed, f"{layer}.mixed"), out_weight, f"{layer}.out")

    gamma, beta = take(f"{at}attention.output.LayerNorm.weight"), take(f"{at}attention.output.LayerNorm.bias")
    up_weight = take(f"{at}intermediate.dense.weight")
    divisor = smoothing(gamma, beta, up_weight) if g.quantised else np.ones_like(gamma)
    even = skip_norm(g, out, x, out_bias, gamma / divisor, beta / divisor, f"{layer}.norm1")
    wide = g.linear(g.quantise(even, f"{layer}.mid"), up_weight * divisor, f"{layer}.up")
    x = g.node("Mul", [even, g.constant(f"{layer}.divisor", divisor)], f"{layer}.skip") if g.quantised else even

    up_bias = g.constant(f"{layer}.up.b", take(f"{at}intermediate.dense.bias"))
    wide = g.fused("BiasGelu", [wide, up_bias], f"{layer}.gelu")
    if g.quantised:
        # GELU stays above -0.17, so the largest value is the largest size of all tokens that matter.
        largest = g.node("ReduceMax", [wide], f"{layer}.largest", axes=[-1], keepdims=1)
        largest = g.node("Max", [largest, g.constant(f"{layer}.least", np.array([0.1], np.float32))], f"{layer}.peak")
        wide = g.node("Div", [wide, largest], f"{layer}.even")
    down = g.linear(g.quantise(wide, f"{layer}.wide"), take(f"{at}output.dense.weight"), f"{layer}.down")
    if g.quantised:
        down = g.node("Mul", [down, largest], f"{layer}.down.scaled")
    gamma, beta = take(f"{at}output.LayerNorm.weight"), take(f"{at}output.LayerNorm.bias")
    return skip_norm(g, down, x, take(f"{at}output.dense.bias"), gamma, beta, f"{layer}.norm2")


def skip_norm(g, x, skip, bias, gamma, beta, name):
    constants = (("g", gamma), ("b", beta), ("bias", bias))
    inputs = [x, skip, *(g.constant(f"{name}.{part}", value) for part, value in constants)]
    return g.fused("SkipLayerNormalization", inputs, name, epsilon=EPSILON)


def joined_bias(weight, inner, outer):
    """Returns `outer + weight @ inner`, rounded once, so that it is the same on every machine."""
    products = weight.astype(np.float64) * inner
    return np.array([math.fsum([*row, b]) for row, b in zip(products, outer)], np.float32)


def model_toml(model_sha256, tokenizer_sha256):
    script = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    return (
        "# Made by scripts/model/build.py from the published weights of all-MiniLM-L6-v2.\n"
        f"format = {FORMAT}\n"
        f'name = "{NAME}"\n'
        f"dimensions = {HIDDEN}\n"
        f"max_length = {MAX_LENGTH}\n"
        'pooling = "mean"\n'
        'languages = ["en"]\n'
        f'model_sha256 = "{model_sha256}"\n'
        f'tokenizer_sha256 = "{tokenizer_sha256}"\n'
        f'built_by = "{script}"\n'
    )


def read_source(source):
    """Returns the weights and the tokeniser as bytes, both checked."""
    for name, expected in (("model.safetensors", WEIGHTS_SHA256), ("tokenizer.json", TOKENIZER_SHA256)):
        found = hashlib.sha256((source / name).read_bytes()).hexdigest()
        if found != expected:
            sys.exit(f"`{source / name}` has SHA-256 {found}, expected {expected}")
    return load_file(source / "model.safetensors"), (source / "tokenizer.json").read_bytes()


def reference(weights, ids):
    """The encoder in plain NumPy, for one text; what the graphs are compared with."""
    take = lambda name: weights[name].astype(np.float64)
    linear = lambda x, name: x @ take(f"{name}.weight").T + take(f"{name}.bias")

    def norm(x, name):
        x = x - x.mean(axis=1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=1, keepdims=True) + EPSILON)
        return x * take(f"{name}.weight") + take(f"{name}.bias")

    words, positions, segment = (take(f"embeddings.{n}_embeddings.weight") for n in ("word", "position", "token_type"))
    x = norm(words[ids] + positions[: len(ids)] + segment[0], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        parts = [linear(x, f"{at}attention.self.{part}") for part in ("query", "key", "value")]
        query, key, value = (part.reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for part in parts)
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(HIDDEN // HEADS)
        scores = np.exp(scores - scores.max(axis=2, keepdims=True))
        mixed = (scores / scores.sum(axis=2, keepdims=True)) @ value
        mixed = mixed.transpose(1, 0, 2).reshape(len(ids), HIDDEN)
        x = norm(x + linear(mixed, f"{at}attention.output.dense"), f"{at}attention.output.LayerNorm")
        wide = linear(x, f"{at}intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + linear(wide, f"{at}output.dense"), f"{at}output.LayerNorm")
    return x


def pooled(tokens):
    vector = tokens.mean(axis=0)
    return vector / np.linalg.norm(vector)


def sample(weights, tokenizer):
    """Returns the tokens of the built-in sentences and what their vectors should be."""
    tokenizer = Tokenizer.from_str(tokenizer.decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_LENGTH)
    texts = [tokenizer.encode(sentence).ids for sentence in SENTENCES]
    return texts, np.array([pooled(reference(weights, ids)) for ids in texts])


def check(model_dir, weights, tokenizer):
    """Compares NumPy, the unquantised graph and the built model; ends with 1 where they differ."""
    import onnxruntime  # Only this needs it, and building should not.

    texts, truth = sample(weights, tokenizer)

    def cosines(model):
        session = onnxruntime.InferenceSession(model)
        feed = lambda ids: {"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), np.int64)}
        return (np.array([pooled(session.run(None, feed(ids))[0][0]) for ids in texts]) * truth).sum(axis=1)

    graph = cosines(build(weights, quantised=False).SerializeToString())
    quantised = cosines((model_dir / "model.onnx").read_bytes())
    print(f"unquantised graph against NumPy: lowest cosine {graph.min():.6f}")
    print(f"built model against NumPy: lowest cosine {quantised.min():.4f}, mean {quantised.mean():.4f}")
    if graph.min() < 0.99999 or quantised.min() < LOWEST_COSINE:
        sys.exit(f"the built model must reach {LOWEST_COSINE} and the graph 0.99999")


def main():
    parser = argparse.ArgumentParser(description="Builds or checks the local embedding model.")
    parser.add_argument("--source", required=True, type=pathlib.Path)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--out", type=pathlib.Path)
    action.add_argument("--check", type=pathlib.Path)
    arguments = parser.parse_args()
    weights, tokenizer = read_source(arguments.source)
    if arguments.check:
        check(arguments.check, weights, tokenizer)
        return
    _, truth = sample(weights, tokenizer)
    pairs = [{"text": text, "vector": vector.round(6).tolist()} for text, vector in zip(SENTENCES, truth)]
    model = build(weights, quantised=True)
    onnx.checker.check_model(model)
    model = model.SerializeToString(deterministic=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    digest = lambda data: hashlib.sha256(data).hexdigest()
    (arguments.out / "model.onnx").write_bytes(model)
    (arguments.out / "tokenizer.json").write_bytes(tokenizer)
    (arguments.out / "check.json").write_text(json.dumps(pairs))
    (arguments.out / "model.toml").write_text(model_toml(digest(model), digest(tokenizer)))
    print(digest(model))


if __name__ == "__main__":
    main()
