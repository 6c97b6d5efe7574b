from hypothesis import given
from hypothesis import strategies as st

from portal.web.ordering import moved

ROWS = st.lists(st.integers(1, 9), unique=True, min_size=1)


@given(ROWS, st.data())
def test_what_moves_stands_in_front_of_the_other_and_the_rest_stays_in_order(
    row: list[int], data: st.DataObject
) -> None:
    item = data.draw(st.sampled_from(row))
    before = data.draw(st.none() | st.sampled_from(row))
    order = moved(row, item, before)
    assert [other for other in order if other != item] == [other for other in row if other != item]
    if before == item:
        assert order == row
    elif before is None:
        assert order[-1] == item
    else:
        assert order.index(item) + 1 == order.index(before)


def test_it_moves_to_the_end_when_the_other_is_not_there() -> None:
    assert moved([1, 2, 3], 1, 7) == [2, 3, 1]
