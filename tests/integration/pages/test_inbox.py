from collections.abc import Callable

from cast import STREETS, Cast
from visitor import Visitor



def test_it_works_a_reviewer_finds_what_was_handed_in_and_may_decide_beside_the_list(
    cast: Cast, signed_in: Callable[[str], Visitor]
) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    page = signed_in("sun").get("/inbox").get_data(as_text=True)
    assert cast.case(STREETS).title in page
    assert 'name="outcome" value="approve"' in page
    assert "钱立" in page
