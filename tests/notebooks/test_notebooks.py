import json
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DATA = Path(__file__).parents[3] / "shared" / "data"
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_defines_nothing(path: Path) -> None:
    cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    source = "\n".join("".join(cell["source"]) for cell in cells)
    assert cells
    assert all(not cell["outputs"] for cell in cells)
    assert not [line for line in source.splitlines() if line.startswith(("def ", "class ", "async def "))]


SAYS = {"tour": ["¥", "CNY"], "made_bank": ["transactions of a customer in 30 days", "客户 30 天交易笔数"]}
"""What a reader finds in the printed text of each notebook."""


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], str]:
    """Runs a notebook as a reader would, in a folder with nothing in it, and gives what it printed."""
    for name in [name for name in os.environ if name.startswith("FORECARE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))

    def run(path: Path) -> str:
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        outputs = [output for cell in cells for output in cell.outputs]
        return "".join(output.get("text", "") for output in outputs if output.get("name") == "stdout")

    return run


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_runs_from_top_to_bottom(path: Path, printed: Callable[[Path], str]) -> None:
    said = printed(path)
    if path.stem == "made_bank" and not DATA.is_dir():  # then the made bank is alone, and nothing is compared
        assert "Public data are not there" in said
        assert "没有公开数据" in said
        return
    for words in SAYS[path.stem]:
        assert words in said
