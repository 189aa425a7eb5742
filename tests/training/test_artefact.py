import json

import numpy as np
import pytest

from features.errors import Refusal
from training.artefact import BOOSTER, CALIBRATION, MANIFEST, check, pack, prove_files, sha256, unpack
from training.calibration import Calibration
from training.matrix import matrix
from training.settings import read_training_settings

from .conftest import INPUTS, Made, made_snapshot


def test_a_model_packs_into_the_same_bytes_and_comes_back_whole(made: Made) -> None:
    rows = matrix(made_snapshot()[0], INPUTS)
    label = read_training_settings().label
    assert pack(made.model, Calibration(1.1, 0.2), INPUTS, label, rows, {"seed": 1}) == made.files
    manifest = check(made.files, sha256(made.files[MANIFEST]), place="here")
    found = unpack(made.files, manifest, "churn", 3, place="here")
    assert (found.version, found.inputs, found.label, found.calibration) == (3, INPUTS, label, Calibration(1.1, 0.2))
    assert np.array_equal(found.model.raw(rows, INPUTS.names), made.model.raw(rows, INPUTS.names))


@pytest.mark.parametrize("name", [BOOSTER, CALIBRATION, MANIFEST])
def test_one_changed_byte_in_any_file_is_refused_before_it_is_parsed(made: Made, name: str) -> None:
    wanted = sha256(made.files[MANIFEST])
    for place in np.random.default_rng(1).integers(0, len(made.files[name]), 20).tolist():
        content = bytearray(made.files[name])
        content[place] ^= 1
        with pytest.raises(Refusal, match=f"{name} is not the one that was promoted"):
            check({**made.files, name: bytes(content)}, wanted, place="churn version 1")


@pytest.mark.parametrize("name", [BOOSTER, CALIBRATION, MANIFEST])
def test_a_missing_file_is_refused(made: Made, name: str) -> None:
    files = {key: content for key, content in made.files.items() if key != name}
    with pytest.raises(Refusal, match=f"{name} is not the one"):
        check(files, sha256(made.files[MANIFEST]), place="churn version 1")


def test_a_whole_swapped_model_with_fitting_manifest_is_refused_by_the_ledgers_hash(made: Made) -> None:
    other = {**made.files, CALIBRATION: Calibration(-9.0, 0.0).to_text().encode()}
    manifest = json.loads(other[MANIFEST])
    manifest["files"][CALIBRATION] = sha256(other[CALIBRATION])
    other[MANIFEST] = json.dumps(manifest).encode()
    with pytest.raises(Refusal, match=MANIFEST):
        check(other, sha256(made.files[MANIFEST]), place="churn version 1")


def test_a_model_that_scores_its_canary_rows_otherwise_is_refused(made: Made) -> None:
    manifest = json.loads(made.files[MANIFEST])
    manifest["canary"]["raw"][0] += 1
    with pytest.raises(Refusal, match="scores otherwise"):
        prove_files(made.files, manifest, place="here")


def test_canary_rows_are_nobodys(made: Made) -> None:
    rows = matrix(made_snapshot()[0], INPUTS)
    canary = np.array(json.loads(made.files[MANIFEST])["canary"]["rows"])
    assert not any((row == rows).all(axis=1).any() for row in canary)
