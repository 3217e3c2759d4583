"""The harness in which every architecture is trained: same songs, same losses, same budget."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from highlighter.training.architectures import build
from highlighter.training.batches import Batch, Example, batches
from highlighter.training.errors import ParametersError, RunUnreadableError
from highlighter.training.examples import Lessons, Progress, say
from highlighter.training.scores import Floats, Prediction, scores_table, selection, told


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, and how, is learnt; block `learn` of ``params.yaml``.

    Attributes
    ----------
    passes
        Times that each recording is heard, in one of its views.
    budget
        Seconds of processor time at most, 0 for as long as the passes take. Both bound; the
        learning rate falls with whichever is nearer its end.
    batch
        Songs per step.
    rate, decay
        Of AdamW: greatest learning rate, weight decay.
    warm
        Share of the time in which the rate rises.
    start_share
        Weight of the loss of chorus starts.
    window_share
        Weight of the loss of the best 30 s.
    average
        Of weights over steps (Polyak's): share kept per step; what is validated and exported.
    every
        Passes between validations.
    seed
        Of weights, order and dropout.
    """

    passes: int = 24
    budget: float = 0.0
    batch: int = 8
    rate: float = 2e-3
    decay: float = 0.02
    warm: float = 0.08
    start_share: float = 0.3
    window_share: float = 0.3
    average: float = 0.995
    every: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """What came out of a training.

    Attributes
    ----------
    network
        With the weights of the best pass.
    scores
        (6,) on the validation songs, see `scores.NAMES`.
    passes
        That were made.
    seconds
        Of processor time.
    """

    network: Any
    scores: Floats
    passes: int
    seconds: float


def schedule_of(settings: Mapping[str, Any] | None, **changes: Any) -> Schedule:
    """Return a schedule from a block of parameters, with changes that are not None.

    Raises
    ------
    ParametersError
        There is no such parameter.
    """
    given = {**(settings or {}), **{k: v for k, v in changes.items() if v is not None}}
    usual = Schedule()
    known = {one.name: type(getattr(usual, one.name)) for one in fields(Schedule)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ParametersError(
            "There is no such parameter of learning",
            which=", ".join(unknown),
            next_step=f"those that exist: {', '.join(known)}",
        )
    return Schedule(**{name: known[name](value) for name, value in given.items()})


def learn(
    architecture: str,
    settings: Mapping[str, Any],
    lessons: Lessons,
    schedule: Schedule,
    out: Path,
    progress: Progress = say,
) -> Learnt:
    """Train a network; go on where an earlier run into the same folder stopped.

    Parameters
    ----------
    architecture, settings
        As for `architectures.build`.
    lessons
        From `examples.prepare`.
    schedule
        How long and how.
    out
        Folder for the state of the run: `last.pt`, `best.pt`.
    progress
        Told a line per pass.

    Raises
    ------
    RunUnreadableError
        The folder holds a run of another network.
    """
    torch.set_num_threads(1)
    torch.manual_seed(schedule.seed)
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(build(architecture, settings), schedule, out)
    run.resume()
    while not run.is_done():
        chosen = _views(lessons, schedule.seed, run.passes)
        loss = run.one_pass(chosen)
        line = f"{architecture} pass {run.passes} of {schedule.passes}, {run.seconds:.0f} s"
        line += f", loss {loss:.4f}"
        if run.passes % schedule.every == 0 or run.is_done():
            mean = run.validate(lessons.valid)
            line += f", valid: {told(mean)}"
        run.save()
        progress(line)
    return run.result()


def _views(lessons: Lessons, seed: int, number: int) -> list[Example]:
    rng = np.random.default_rng([seed, number])
    return [views[int(rng.integers(len(views)))] for views in lessons.views]


class _Run:
    """The state of one training."""

    def __init__(self, network: Any, schedule: Schedule, out: Path) -> None:
        self.network, self.schedule, self.out = network, schedule, out
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=schedule.rate, weight_decay=schedule.decay
        )
        self.passes, self.steps, self.seconds = 0, 0, 0.0
        self.best, self.best_scores = -math.inf, np.zeros(6)
        self.mean = {key: value.clone() for key, value in self.network.state_dict().items()}
        self.best_weights = dict(self.mean)

    def is_done(self) -> bool:
        return self._progress() >= 1.0

    def _progress(self, part: float = 0.0) -> float:
        plan = self.schedule
        spent = self.seconds / plan.budget if plan.budget > 0.0 else 0.0
        return max((self.passes + part) / max(1, plan.passes), spent)

    def one_pass(self, chosen: Sequence[Example]) -> float:
        began, before = time.process_time(), self.seconds
        losses = []
        self.network.train()
        total = math.ceil(len(chosen) / self.schedule.batch)
        order = self.schedule.seed * 100_003 + self.passes
        for number, batch in enumerate(batches(chosen, self.schedule.batch, order)):
            progress = min(1.0, self._progress(number / total))
            for group in self.optimiser.param_groups:
                group["lr"] = self.schedule.rate * _cosine(progress, self.schedule.warm)
            loss = loss_of(self.network, batch, self.schedule)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()
            self.steps += 1
            self._average()
            losses.append(float(loss.detach()))
            self.seconds = before + time.process_time() - began
            if self._progress() >= 1.0:
                break
        self.passes += 1
        return float(np.mean(losses))

    def _average(self) -> None:
        share = min(self.schedule.average, (1.0 + self.steps) / (10.0 + self.steps))
        for key, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                self.mean[key].mul_(share).add_(value.detach(), alpha=1.0 - share)
            else:
                self.mean[key].copy_(value)

    def validate(self, valid: Sequence[Example]) -> Floats:
        with _weights(self.network, self.mean):
            mean = measure(self.network, valid).mean(axis=0)
        if selection(mean) > self.best:
            self.best, self.best_scores = selection(mean), mean
            self.best_weights = {key: value.clone() for key, value in self.mean.items()}
            torch.save(self.best_weights, self.out / "best.pt")
        return mean

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "mean": self.mean,
            "best_weights": self.best_weights,
            "best": self.best,
            "best_scores": self.best_scores.tolist(),
            "passes": self.passes,
            "steps": self.steps,
            "seconds": self.seconds,
            "random": torch.get_rng_state(),
        }
        part = self.out / "last.part"
        torch.save(state, part)
        part.replace(self.out / "last.pt")

    def resume(self) -> None:
        path = self.out / "last.pt"
        if not path.exists():
            return
        state = load_weights(path)
        try:
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.mean, self.best_weights = state["mean"], state["best_weights"]
            self.best, self.best_scores = state["best"], np.array(state["best_scores"])
            self.passes, self.steps = state["passes"], state["steps"]
            self.seconds = state["seconds"]
            torch.set_rng_state(state["random"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise RunUnreadableError(
                "The folder holds a run of another network",
                which=str(path),
                why=str(error).splitlines()[0],
                next_step="name an empty folder",
            ) from error

    def result(self) -> Learnt:
        self.network.load_state_dict(self.best_weights)
        self.network.eval()
        return Learnt(self.network, self.best_scores, self.passes, self.seconds)


def load_weights(path: Path) -> dict[str, Any]:
    """Return what `torch.save` wrote, nothing but tensors and numbers.

    Raises
    ------
    RunUnreadableError
        It cannot be read.
    """
    try:
        held: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise RunUnreadableError(
            "The weights of a run cannot be read", which=str(path), why=str(error).split("\n")[0]
        ) from error
    return held


@contextmanager
def _weights(network: Any, weights: Mapping[str, Any]) -> Iterator[None]:
    own = {key: value.clone() for key, value in network.state_dict().items()}
    network.load_state_dict(weights)
    try:
        yield
    finally:
        network.load_state_dict(own)


def _cosine(progress: float, warm: float) -> float:
    if progress < warm:
        return max(0.02, progress / warm)
    return 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * (progress - warm) / (1.0 - warm)))


def tensors(batch: Batch) -> tuple[dict[str, Any], Any]:
    """Return a batch's inputs and mask as tensors."""
    return {k: torch.from_numpy(v) for k, v in batch.inputs.items()}, torch.from_numpy(batch.mask)


def logits_of(network: Any, batch: Batch) -> tuple[Any, Any | None]:
    """Return (B, n) logits of chorus, and of a chorus beginning where the network has them."""
    inputs, mask = tensors(batch)
    logits = network(inputs, mask)
    if logits.dim() == 2:
        return logits, None
    return logits[:, :, 0], logits[:, :, 1]


def loss_of(network: Any, batch: Batch, schedule: Schedule) -> Any:
    """Return the loss: cross entropy of chorus and of its starts, and of the best 30 s."""
    chorus, start = logits_of(network, batch)
    mask = torch.from_numpy(batch.mask)
    target, weight = torch.from_numpy(batch.target), torch.from_numpy(batch.weight) * mask
    entropy = functional.binary_cross_entropy_with_logits(chorus, target, reduction="none")
    loss = (entropy * weight).sum() / weight.sum().clamp(min=1.0)
    if start is not None and schedule.start_share > 0.0:
        near = torch.from_numpy(batch.start)
        entropy = functional.binary_cross_entropy_with_logits(start, near, reduction="none")
        loss = loss + schedule.start_share * (entropy * (mask + 4.0 * near)).sum() / mask.sum()
    if schedule.window_share > 0.0:
        loss = loss + schedule.window_share * _window_loss(chorus, target, mask)
    return loss


def _window_loss(chorus: Any, target: Any, mask: Any) -> Any:
    """Return 1 less the share of chorus in the 30 s that a soft argmax of interest chooses."""
    length = min(81, chorus.shape[1])  # 30 s of tokens
    inside = functional.avg_pool1d(torch.sigmoid(chorus) * mask, length, 1)
    truth = functional.avg_pool1d(target * mask, length, 1)
    whole = functional.avg_pool1d(mask, length, 1)
    chosen = torch.softmax(25.0 * inside - 100.0 * (1.0 - whole), dim=1)
    return 1.0 - (chosen * truth).sum(dim=1).mean()


def predictions(network: Any, examples: Sequence[Example], size: int = 16) -> list[Prediction]:
    """Return what a network says of songs, in their order."""
    found: dict[int, Prediction] = {}
    places = {id(one): place for place, one in enumerate(examples)}
    network.eval()
    with torch.no_grad():
        for batch in batches(examples, size):
            chorus, start = logits_of(network, batch)
            interest = torch.sigmoid(chorus).numpy().astype(np.float64)
            starts = np.zeros_like(interest) if start is None else torch.sigmoid(start).numpy()
            for row, one in enumerate(batch.examples):
                count = one.target.size
                found[places[id(one)]] = Prediction(
                    interest[row, :count],
                    starts[row, :count].astype(np.float64),
                    one.rate,
                    one.duration,
                )
    return [found[place] for place in range(len(examples))]


def mean_predictions(networks: Sequence[Any], examples: Sequence[Example]) -> list[Prediction]:
    """Return the mean of what several networks say, as the exported file does."""
    said = [predictions(network, examples) for network in networks]
    return [
        Prediction(
            np.mean([one.interest for one in song], axis=0),
            np.mean([one.starts for one in song], axis=0),
            song[0].rate,
            song[0].duration,
        )
        for song in zip(*said, strict=True)
    ]


def measure(network: Any, examples: Sequence[Example], share: float = 0.25) -> Floats:
    """Return (songs, 6) scores of a network, see `scores.NAMES`."""
    return scores_table(predictions(network, examples), examples, share)
