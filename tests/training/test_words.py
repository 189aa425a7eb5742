import re
from pathlib import Path

import pytest
import yaml

import training
from features.errors import Refusal
from training.settings import read_training_settings
from training.themes import read_themes, theme, theme_of
from training.words import LANGUAGES, Line, word

FOLDER = Path(training.__file__).parent
CODES = list(yaml.safe_load((FOLDER / "words.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("code", CODES)
def test_every_line_is_there_in_both_languages_with_the_same_values(code: str) -> None:
    texts = [word(code, language) for language in LANGUAGES]
    assert all(texts)
    zh, en = (set(re.findall(r"\$(\w+)", text)) for text in texts)
    # A day is said in both, a limit at least in one of them.
    assert zh == en or code.startswith("card.")


def test_every_code_that_the_house_uses_has_words() -> None:
    used = {
        code
        for path in FOLDER.glob("*.py")
        for code in re.findall(r'"((?:fitness|gate|card|plot|status)\.(?!html)\w+)"', path.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= set(CODES)


def test_numbers_are_said_as_they_are_read() -> None:
    values = {"found": 1234, "needed": 0.03}
    assert Line("fitness.history", values).text("en").startswith("history of 1,234 days, at least 0.030")


def test_an_unknown_code_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Refusal, match=r"did you mean 'gate\.logistic'"):
        word("gate.logistics", "en")


def test_every_theme_has_words_and_an_action_in_both_languages() -> None:
    for name, found in read_themes().items():
        assert theme(name) is found
        assert all([found.word("zh"), found.word("en"), found.action("zh"), found.action("en")])
    with pytest.raises(Refusal, match="did you mean 'income'"):
        theme("incomes")


def test_no_subject_and_no_signal_belongs_to_two_themes() -> None:
    for members in ("subjects", "signals"):
        names = [name for found in read_themes().values() for name in getattr(found, members)]
        assert len(names) == len(set(names))


def test_a_signal_that_a_theme_names_leaves_the_theme_of_its_subject() -> None:
    assert theme_of("fees_30d", "flows") == "service_pain"
    assert theme_of("money_out_30d", "flows") == "money_leaving"
    assert theme_of("a_banks_own", "digital") == "quiet"
    assert theme_of("a_banks_own", "a_banks_own_subject") == "other"


def test_settings_have_a_hash_that_every_number_changes() -> None:
    settings = read_training_settings()
    changed = settings.model_copy(update={"gate": settings.gate.model_copy(update={"auc": 0.97})})
    assert changed.version != settings.version
    assert read_training_settings().version == settings.version


def test_a_misspelt_setting_is_refused_with_file_line_and_the_nearest_name(tmp_path: Path) -> None:
    text = (FOLDER / "settings.yaml").read_text(encoding="utf-8")
    path = tmp_path / "settings.yaml"
    path.write_text(text.replace("  lead_days: 30 ", "  lead_day: 30 "), encoding="utf-8")
    with pytest.raises(Refusal, match=r"settings\.yaml:\d+: "):
        read_training_settings(path)
    path.write_text(text.replace("  lead_days: 30 ", "  lead_days: 90 "), encoding="utf-8")
    with pytest.raises(Refusal, match=r"settings\.yaml:5: 'lead_days' must be below 'until_days'"):
        read_training_settings(path)
