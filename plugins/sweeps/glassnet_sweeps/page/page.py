"""x"""


def to_html(sweep):
    return ""


def embedded(sweep):
    return ""
