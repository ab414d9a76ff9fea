"""What rich prints: no blanks at the ends of lines in files, and no control characters."""

import io

from rich.table import Table

from glassnet_terminal.printed import SafeConsole, print_fitted


def table():
    made = Table("name", "value", box=None)
    made.add_row("a", "1")
    made.add_row("bcd", "22")
    return made


def printed(shown, **how):
    stream = io.StringIO()
    print_fitted(SafeConsole(file=stream, width=40, **how), shown)
    return stream.getvalue()


def test_no_line_in_a_file_ends_in_blanks():
    lines = printed(table()).splitlines()
    assert [line.split() for line in lines] == [["name", "value"], ["a", "1"], ["bcd", "22"]]
    assert lines == [line.rstrip() for line in lines]


def test_a_terminal_gets_the_same_words_with_its_own_colors():
    shown = printed(table(), force_terminal=True, color_system="standard")
    assert "\x1b[1m" in shown  # the header is bold
    assert "bcd" in shown


def test_control_characters_of_a_name_are_escaped():
    assert printed("\x1b[2Jgone\nnext").splitlines() == [r"\x1b[2Jgone", "next"]
