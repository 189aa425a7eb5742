"""Both languages say everything, and templates say nothing by themselves."""

import re
from pathlib import Path
from string import Template

import pytest

import api.web
import api.words
from api.words import read_words

FOLDERS = [Path(api.words.__file__).parent, Path(api.web.__file__).parent / "words"]
TEMPLATES = sorted((Path(api.web.__file__).parent / "templates").glob("*.html"))


@pytest.mark.parametrize("folder", FOLDERS, ids=["terminal", "workbench"])
def test_both_languages_have_the_same_keys_with_the_same_slots(folder):
    zh, en = read_words(folder, "zh"), read_words(folder, "en")

    assert zh.keys == en.keys
    for key in zh.keys:
        slots = [set(Template(words._texts[key]).get_identifiers()) for words in (zh, en)]
        assert slots[0] == slots[1], key
        assert words_are_there(zh._texts[key]), key
        assert words_are_there(en._texts[key]), key


def words_are_there(text):
    return bool(text.strip()) and text != "None"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(path):
    text = path.read_text(encoding="utf-8")
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", text, flags=re.S)
    bare = re.sub(r"<kbd>.</kbd>|<!doctype html>", "", bare)
    spoken = re.findall(r'(?:title|alt|placeholder|aria-label)="([^"]*)"', bare)
    outside = re.sub(r"&\w+;", "", re.sub(r"<[^>]*>", "", bare, flags=re.S))

    assert re.findall(r"[^\W\d_]+", outside) == []
    assert [attribute for attribute in spoken if re.search(r"[^\W\d_]", attribute)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_that_a_template_asks_for_is_there(path):
    words = read_words(FOLDERS[1], "en")
    asked = re.findall(r"\bt\('([\w.]+)'\s*([~)],?)?", path.read_text(encoding="utf-8"))

    for key, end in asked:
        if end == "~":
            assert any(known.startswith(key) for known in words.keys), key
        else:
            assert key in words, key
