"""The networks that the field proposes: shapes, padding, gradients, export, and what they see."""

from __future__ import annotations

import ast
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")

from highlighter.training.architectures import INPUTS, build  # noqa: E402

FIELD = ("hooknet", "bilstm", "pglsum", "deepchorus")
FOLDER = Path(__file__).parents[4] / "highlighter" / "training" / "architectures"


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def tables(network: Any, songs: int, tokens: int, seed: int = 0) -> dict[str, Any]:
    drawn = torch.Generator().manual_seed(seed)
    shapes = {name: (songs, tokens * INPUTS[name].steps, INPUTS[name].width) for name in INPUTS}
    return {name: torch.randn(*shapes[name], generator=drawn) for name in network.inputs}


def fresh(name: str) -> Any:
    torch.manual_seed(7)
    return build(name)


@pytest.mark.parametrize("name", FIELD)
@pytest.mark.parametrize("tokens", [1, 2, 3, 4, 17, 64, 101, 323])
def test_there_is_one_finite_logit_per_token_whatever_the_length(name: str, tokens: int) -> None:
    network = fresh(name).eval()
    with torch.no_grad():
        logits = network(tables(network, 2, tokens), torch.ones(2, tokens))
    assert logits.shape == (2, tokens)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("name", FIELD)
def test_a_song_gets_the_same_answer_alone_and_padded_beside_a_longer_one(name: str) -> None:
    network = fresh(name).eval()
    short, long = tables(network, 1, 90), tables(network, 1, 133, seed=1)
    together, mask = {}, torch.ones(2, 133)
    mask[0, 90:] = 0.0
    for table, rows in long.items():
        together[table] = rows.repeat(2, 1, 1)
        together[table][0] = 0.0
        together[table][0, : short[table].shape[1]] = short[table][0]
    with torch.no_grad():
        alone = network(short, torch.ones(1, 90))[0]
        longer = network(long, torch.ones(1, 133))[0]
        both = network(together, mask)
    torch.testing.assert_close(both[0, :90], alone, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(both[1], longer, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", FIELD)
def test_learning_reaches_every_parameter(name: str) -> None:
    network = fresh(name).train()
    loss = network(tables(network, 4, 150), torch.ones(4, 150)).square().mean()
    loss.backward()
    untouched = [
        one
        for one, weights in network.named_parameters()
        if weights.grad is None or not float(weights.grad.abs().sum()) > 0.0
    ]
    assert untouched == []


@pytest.mark.parametrize("name", FIELD)
def test_a_few_steps_learn_to_tell_a_marked_passage_from_the_rest(name: str) -> None:
    network = fresh(name).train()
    batch, mask = tables(network, 4, 96), torch.ones(4, 96)
    truth = torch.zeros(4, 96)
    truth[:, 32:64] = 1.0
    for table, rows in batch.items():
        rows[:, 32 * INPUTS[table].steps : 64 * INPUTS[table].steps] += 0.8
    learner = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(25):
        learner.zero_grad()
        logits = network(batch, mask)
        torch.nn.functional.binary_cross_entropy_with_logits(logits, truth).backward()
        learner.step()
    network.eval()
    with torch.no_grad():
        logits = network(batch, mask)
    assert float(logits[:, 36:60].mean()) > float(logits[:, :28].mean()) + 1.0


@pytest.mark.parametrize("name", FIELD)
def test_what_onnx_computes_is_what_torch_computes_at_lengths_not_exported(name: str) -> None:
    network = fresh(name).eval()

    class Face(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *given: Any) -> Any:
            batch = dict(zip(network.inputs, given, strict=True))
            first = network.inputs[0]
            mask = torch.ones_like(batch[first][:, :: INPUTS[first].steps, 0])
            return network(batch, mask)

    made, example = io.BytesIO(), tables(network, 1, 64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Face().eval(),
            tuple(example.values()),
            made,
            dynamo=False,
            opset_version=17,
            input_names=list(network.inputs),
            output_names=["logits"],
            dynamic_axes={**{one: {1: one} for one in network.inputs}, "logits": {1: "n"}},
        )
    session = onnxruntime.InferenceSession(made.getvalue(), providers=["CPUExecutionProvider"])
    for tokens in (5, 64, 101, 350):
        given = tables(network, 1, tokens, seed=tokens)
        found = session.run(None, {one: rows.numpy() for one, rows in given.items()})[0]
        with torch.no_grad():
            expected = network(given, torch.ones(1, tokens)).numpy()
        np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("name", FIELD)
def test_settings_change_the_size(name: str) -> None:
    smaller = {
        "hooknet": {"widths": (8, 12, 16, 24)},
        "bilstm": {"hidden": 16, "layers": 1},
        "pglsum": {"width": 32},
        "deepchorus": {"width": 16},
    }[name]
    network, usual = build(name, smaller), build(name)
    count = sum(one.numel() for one in network.parameters())
    assert count < sum(one.numel() for one in usual.parameters()) / 2
    assert network(tables(network, 2, 50), torch.ones(2, 50)).shape == (2, 50)


def test_attention_within_segments_never_looks_beyond_its_quarter_of_the_song() -> None:
    network = fresh("pglsum").eval()
    rows = torch.randn(1, 80, network.width)
    changed = rows.clone()
    changed[:, 60:] += 1.0
    with torch.no_grad():
        before, after = (network.within(one, torch.ones(1, 80)) for one in (rows, changed))
    torch.testing.assert_close(before[:, :60], after[:, :60])
    assert float((before[:, 60:] - after[:, 60:]).abs().max()) > 1e-3


@pytest.mark.parametrize("name", [*FIELD, "similarity_baseline"])
def test_each_architecture_is_a_file_of_under_300_lines_that_cites_its_source(name: str) -> None:
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) < 300
    told = ast.get_docstring(ast.parse(source)) or ""
    assert any(venue in told for venue in ("MICCAI", "IEEE", "ICASSP"))
