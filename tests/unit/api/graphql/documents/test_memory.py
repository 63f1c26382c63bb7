"""A memory that forgets what was used longest ago."""

from hypothesis import given
from hypothesis import strategies as st

from datastore_service.api.graphql.documents.memory import Memory


def test_forgets_what_was_used_longest_ago() -> None:
    memory = Memory[int](3)

    for key, value in (("a", 1), ("b", 2), ("c", 3)):
        memory.put(key, value, 1)
    memory.get("a")
    memory.put("d", 4, 1)

    assert [memory.get(key) for key in "abcd"] == [1, None, 3, 4]


def test_does_not_take_what_is_larger_than_itself() -> None:
    memory = Memory[int](3)

    memory.put("a", 1, 3)
    memory.put("b", 2, 4)

    assert [memory.get(key) for key in "ab"] == [1, None]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 8))))
def test_never_holds_more_than_its_budget(stored: list[tuple[str, int]]) -> None:
    memory = Memory[int](10)

    for key, size in stored:
        memory.put(key, size, size)

        assert memory.get(key) == size
        assert sum(memory.get(each) or 0 for each in "abcde") <= 10
