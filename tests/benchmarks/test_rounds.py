"""Turns and ratios, worked out by hand."""

from benchmarks.rounds import Ratio, clocked, ratio, seconds_by_round


def test_ratios_are_taken_round_by_round():
    # 1/2, 3/4 and 10/5; the ratio of the medians would be 3/4 too, that of the sums 14/11.
    assert ratio([1.0, 3.0, 10.0], [2.0, 4.0, 5.0]) == Ratio(0.75, 0.5, 2.0)
    assert str(ratio([1.0, 3.0, 10.0], [2.0, 4.0, 5.0])) == "0.75 (0.50 to 2.00)"


def test_every_second_round_goes_backwards_and_the_first_is_not_counted():
    turns = []
    clock = iter(range(100))

    def candidate(name):
        turns.append(name)
        return next(clock)

    seconds = seconds_by_round({"a": lambda: candidate("a"), "b": lambda: candidate("b")}, rounds=3, pause=0)
    assert turns == ["b", "a", "a", "b", "b", "a", "a", "b"]
    assert seconds == {"a": [2, 5, 6], "b": [3, 4, 7]}


def test_without_a_warm_up_every_round_counts():
    assert seconds_by_round({"a": lambda: 1.5}, rounds=2, pause=0, warm_up=False) == {"a": [1.5, 1.5]}


def test_the_clock_stands_while_things_are_prepared():
    now = [0.0]

    def passing(seconds):
        now[0] += seconds

    turn = clocked(lambda: passing(2.0), before=lambda: passing(100.0), times=3, clock=lambda: now[0])
    assert turn() == 2.0
