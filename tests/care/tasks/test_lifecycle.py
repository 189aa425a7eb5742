import pytest

from care.nouns import TaskState as State
from care.tasks.lifecycle import OPEN, OVER, TRANSITIONS, Change, after
from features.errors import Refusal


def test_a_task_is_assigned_looked_at_begun_and_done():
    state = State.QUEUED
    for change in (Change.ASSIGNED, Change.SEEN, Change.BEGUN, Change.OUTCOME):
        state = after(state, change)
    assert state is State.DONE


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize("change", list(TRANSITIONS))
def test_nothing_happens_to_a_task_that_is_over(state, change):
    with pytest.raises(Refusal, match=f"a task that is {state} takes no '{change}'"):
        after(state, change)


def test_a_task_that_somebody_saw_is_not_taken_back():
    assert after(State.ASSIGNED, Change.WITHDRAWN) is State.WITHDRAWN
    with pytest.raises(Refusal):
        after(State.SEEN, Change.WITHDRAWN)


def test_a_task_that_is_being_worked_on_does_not_expire():
    with pytest.raises(Refusal):
        after(State.IN_PROGRESS, Change.EXPIRED)


def test_an_update_leaves_the_state_alone():
    assert [after(state, Change.UPDATED) for state in OPEN] == list(OPEN)
