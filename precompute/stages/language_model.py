"""Stage `language-model`: a small language model trained from nothing, as it is shipped, and its loss."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer_engine.errors import InputError
from explorer_engine.files import whole
from explorer_engine.hugging_face import read_tokenizer
from precompute.engine.stage import Stage
from precompute.engine.work import Shape, Work
from precompute.language_model.options import LanguageModelOptions
from precompute.language_model.training import checkpoint_steps, loss_on, train_language_model

__all__ = ["LOSS", "stage"]

LOSS = "loss.json"


def stage(
    options: LanguageModelOptions,
    tokenizer: Path,
    training: Callable[[], np.ndarray],
    test: Callable[[], np.ndarray],
    texts: tuple[Path, ...],
    device: str = "cpu",
) -> Stage:
    """model/ (Hugging Face layout, fp16), checkpoints/, and loss.json: its loss on the test windows.

    `tokenizer` is a folder in the Hugging Face layout; `training` and `test` give windows of its tokens,
    [n, length]; `texts` are the files that they are read from.
    """
    job = _LanguageModel(options, tokenizer, training, test, device)
    return Stage(
        "language-model", 2, options, (tokenizer, *texts), job.run, work=lambda of: _work(options, of)
    )


def _work(options: LanguageModelOptions, of: Shape) -> Work:
    """Gradient and Adam's two means beside the weights, and what a step keeps of a batch; half precision for
    the model and its checkpoints."""
    kept = options.batch * options.window * (2 * options.vocabulary + 30 * options.layers * options.width)
    files = len(checkpoint_steps(options.steps)) + 1
    memory, disk = 4 * (3 * of.parameters + kept), 2 * files * of.parameters
    return Work(trained=options.steps, memory=memory, disk=disk)


@dataclass(frozen=True)
class _LanguageModel:
    """One unit; a training that was killed goes on from its last state."""

    options: LanguageModelOptions
    tokenizer: Path
    training: Callable[[], np.ndarray]
    test: Callable[[], np.ndarray]
    device: str

    def run(self, _unit: str, folder: Path) -> None:
        """Raises InputError for a vocabulary smaller than the tokenizer's, and as the training does."""
        if not (folder / LOSS).exists():
            self._make(folder)
        (folder / "checkpoints" / "state.pt").unlink(missing_ok=True)

    def _make(self, folder: Path) -> None:
        tokenizer = read_tokenizer(self.tokenizer)
        if len(tokenizer) > self.options.vocabulary:
            raise InputError(
                f"language model: its vocabulary is {self.options.vocabulary}, the tokenizer "
                f"{self.tokenizer} has {len(tokenizer)} tokens: give at least as many"
            )
        model = train_language_model(self.options, self.training(), folder / "checkpoints", self.device)
        partial, target = folder / "partial", folder / "model"
        shutil.rmtree(partial, ignore_errors=True)
        model.half().save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
        test = self.test()
        found = {"loss": loss_on(model.float(), test), "windows": len(test), "tokens": test.size}
        with whole(folder / LOSS) as written:
            written.write_text(json.dumps(found))
