"""A trained model as files: LightGBM's text, calibration, and a manifest with their hashes. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from features.errors import Refusal
from training.calibration import Calibration
from training.matrix import Inputs
from training.metrics import Numbers
from training.model import Model, canary_rows, from_text, prove
from training.settings import Label

BOOSTER, CALIBRATION, MANIFEST = "booster.txt", "calibration.json", "manifest.json"
AGAIN = "train again or promote an earlier version"

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Champion:
    """A model ready to score: what it reads, of whom it may be asked, and how raw scores become probabilities."""

    name: str
    version: int
    model: Model
    calibration: Calibration
    inputs: Inputs
    label: Label


def pack(
    model: Model, calibration: Calibration, inputs: Inputs, label: Label, seen: Numbers, facts: Mapping[str, Any]
) -> Files:
    """The files of a model; canary rows are made up from the spread of `seen`, the training rows."""
    files = {BOOSTER: model.to_text().encode(), CALIBRATION: calibration.to_text().encode()}
    rows = canary_rows(seen)
    manifest = {
        **facts,
        "files": {name: sha256(content) for name, content in files.items()},
        "inputs": {"names": inputs.names, "codes": dict(inputs.codes), "subjects": dict(inputs.subjects)},
        "label": label.model_dump(mode="json"),
        "canary": {"rows": rows.tolist(), "raw": model.raw(rows, inputs.names).tolist()},
    }
    return {**files, MANIFEST: json.dumps(manifest, sort_keys=True, ensure_ascii=False, indent=1).encode()}


def sha256(content: bytes) -> str:
    """Hash as hex digits."""
    return hashlib.sha256(content).hexdigest()


def check(files: Files, wanted: str, *, place: str) -> dict[str, Any]:
    """The manifest, if it has the hash `wanted` and the other files have the hashes it names; Refusal otherwise.

    Nothing is parsed before its hash is right: a damaged model text can end the process.
    """
    if sha256(files.get(MANIFEST, b"")) != wanted:
        raise Refusal(f"{MANIFEST} is not the one that was promoted", place=place, remedy=AGAIN)
    manifest: dict[str, Any] = json.loads(files[MANIFEST])
    for name, hashed in sorted(manifest["files"].items()):
        if sha256(files.get(name, b"")) != hashed:
            raise Refusal(f"{name} is not the one that was promoted", place=place, remedy=AGAIN)
    return manifest


def prove_files(files: Files, manifest: Mapping[str, Any], *, place: str) -> None:
    """Load the model in a child process once and let it score its canary rows; Refusal if that goes wrong."""
    canary = manifest["canary"]
    prove(files[BOOSTER].decode(), np.array(canary["rows"]), np.array(canary["raw"]), place=place)


def unpack(files: Files, manifest: Mapping[str, Any], name: str, version: int, *, place: str) -> Champion:
    """The model of files that `check` has passed."""
    given = manifest["inputs"]
    codes = {signal: tuple(values) for signal, values in given["codes"].items()}
    try:
        label = Label.model_validate(manifest["label"])
    except ValidationError:
        raise Refusal("its label has another form than today's", place=place, remedy="train again") from None
    return Champion(
        name,
        version,
        from_text(files[BOOSTER].decode()),
        Calibration.from_text(files[CALIBRATION].decode(), place=place),
        Inputs(tuple(given["names"]), codes, given["subjects"]),
        label,
    )
