from features.errors import Refusal, nearest


def test_a_refusal_is_one_line_of_place_reason_and_remedy() -> None:
    refusal = Refusal("column\n 'amount' is missing", place="a.sql", remedy="did you mean 'betrag'?")
    assert str(refusal) == "a.sql: column 'amount' is missing; did you mean 'betrag'?"


def test_the_nearest_name_is_offered_and_else_the_known_ones() -> None:
    assert nearest("lagre_spend", ["large_spend", "balance_drop"]) == "did you mean 'large_spend'?"
    assert nearest("xyz", ["b", "a"]) == "known are a, b"
