"""The page of reliability is what its figures and the list of known faults say."""

from tests.attack.page import PAGE, Results


def test_the_page_is_written_from_its_figures():
    assert PAGE.read_text() == Results.read().page(), "run python -m tests.attack --page"
