from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from features.documents import read_documents, read_front_matter, validate
from features.errors import Refusal


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    minutes: int
    words: dict[str, str] = {}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rule.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_remembers_its_line(tmp_path: Path) -> None:
    (document,) = read_documents(written(tmp_path, "id: a\nminutes: 3\nwords:\n  zh: 大额\n"))
    assert document.place(("words", "zh")).endswith("rule.yaml:4")
    assert validate(document, Rule).words == {"zh": "大额"}


def test_an_unknown_field_is_refused_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    (document,) = read_documents(written(tmp_path, "id: a\n\nminuts: 3\n"))
    with pytest.raises(Refusal, match=r"rule\.yaml:3: unknown field 'minuts'; did you mean 'minutes'\?"):
        validate(document, Rule)


def test_a_value_of_the_wrong_type_is_refused_at_its_own_line(tmp_path: Path) -> None:
    (document,) = read_documents(written(tmp_path, "id: a\nminutes: soon\n"))
    with pytest.raises(Refusal, match=r"rule\.yaml:2: field 'minutes': .*integer"):
        validate(document, Rule)


def test_a_list_is_one_document_an_item_and_each_knows_where_it_begins(tmp_path: Path) -> None:
    documents = read_documents(written(tmp_path, "- id: a\n  minutes: 1\n\n- id: b\n  minutes: 2\n"))
    assert [(document.data["id"], document.line) for document in documents] == [("a", 1), ("b", 4)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: a\nid: b\n", r"rule\.yaml:2: field 'id' stands twice"),
        ("id: [1\nminutes: 2\n", r"rule\.yaml:\d: not YAML"),
        ("just words\n", r"rule\.yaml:1: is not a mapping"),
        ("id: !!python/object/apply:os.system [ls]\n", r"rule\.yaml:1: not YAML"),
    ],
)
def test_what_is_not_a_document_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read_documents(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"none\.yaml: no such file"):
        read_documents(tmp_path / "none.yaml")


def test_front_matter_and_text_keep_the_lines_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "topic.md"
    path.write_text("---\nid: a\nminutes: 4\n---\n## zh question\n钱在哪里?\n", encoding="utf-8")
    document, text, first = read_front_matter(path)
    assert document.place(("minutes",)).endswith("topic.md:3")
    assert text.splitlines()[0] == "## zh question"
    assert first == 5


def test_a_file_without_front_matter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "topic.md"
    path.write_text("# no block\n", encoding="utf-8")
    with pytest.raises(Refusal, match="no front matter"):
        read_front_matter(path)
