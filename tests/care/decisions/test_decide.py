from care.decisions.decide import decide


def test_three_matches_of_one_customer_give_one_task_with_three_reasons(bank):
    found = decide(bank.night("c1 outflow 60000", "c1 drop 50000", "c1 churn 90000", "c2 drop 10000"))
    assert len(found.tasks) == 2
    mine = found.tasks[found.tasks["customer_id"] == "c1"].iloc[0]
    assert found.reasons[found.reasons["task_id"] == mine["task_id"]]["rule_id"].tolist() == ["churn", "outflow", "drop"]
    assert (mine["value_minor"], mine["minutes"], mine["deadline"], mine["position"]) == (9_000_000, 26, "P1", 1)
    print(found.candidates.T.to_string()); print(found.tasks.T.to_string()); print(found.managers.T)


def test_a_quiet_night_gives_nothing(bank):
    found = decide(bank.night())
    assert found.tasks.empty
    assert found.candidates.empty
    assert found.managers["minutes"].tolist() == [180]
