"""Formulas in plain text as MathML, which browsers show without any script."""

from __future__ import annotations

import re
from html import escape

_TOKEN = re.compile(
    r"(?P<space>\s*)(?:(?P<number>\d+\.?\d*(?:e-?\d+)?)|(?P<word>[^\W\d_]\w*'*|')|(?P<sign><=|>=|\.\.\.|\S))"
)
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "mu": "μ", "rho": "ρ", "pi": "π"}
_SIGNS = {"*": "·", "-": "−", "<=": "≤", ">=": "≥", "~": "∼", "...": "…"}
_FUNCTIONS = {"exp", "log", "tanh", "cos", "sin", "max", "min", "sign", "softmax", "sigmoid", "erf", "sqrt"}
_SHORT_WORDS = {"as", "at", "by", "if", "in", "is", "it", "of", "on", "or", "to"}
_OPEN, _CLOSE = "([{", ")]}"


def to_mathml(formula: str) -> str:
    """Return a formula as MathML: each equation, which two spaces divide, in a row of its own."""
    rows = re.split(r"(?<=[,;:])\s\s+", formula.strip())
    return "".join(f'<math display="block">{_Parser(row).row()}</math>' for row in rows)


class _Parser:
    """Reads a formula from left to right: roots, powers and indices get their form, all else stays in its order."""

    def __init__(self, text: str) -> None:
        found = [each for each in _TOKEN.finditer(text) if each.lastgroup not in (None, "space")]
        self._tokens = [(str(each.lastgroup), each[str(each.lastgroup)]) for each in found]
        self._spaced = [bool(each["space"]) for each in found]
        self._at = 0

    def row(self, closing: str = "") -> str:
        """Return the elements up to a closing bracket, or the end."""
        parts: list[str] = []
        while self._at < len(self._tokens):
            kind, token = self._tokens[self._at]
            if kind == "sign" and closing and token in closing:
                break
            if token == "^" and parts and self._at + 1 < len(self._tokens):
                self._at += 1
                parts.append(f"<msup>{parts.pop()}{self._script()}</msup>")
            else:
                if parts and self._is_factor():
                    width = "0.35em" if self._is_beside_word() else "0.2em"
                    parts.append(f'<mspace width="{width}"/>')
                parts.append(self._element())
        return f"<mrow>{''.join(parts)}</mrow>"

    def _is_factor(self) -> bool:
        """Tell whether the next element follows another one with a space alone between them: a product."""
        before, after = self._tokens[self._at - 1], self._tokens[self._at]
        ends = before[0] != "sign" or before[1] in _CLOSE
        begins = after[0] != "sign" or after[1] in _OPEN
        return ends and begins and self._spaced[self._at]

    def _is_beside_word(self) -> bool:
        return any(kind == "word" and _is_word(token) for kind, token in self._tokens[self._at - 1 : self._at + 1])

    def _script(self) -> str:
        """Return an exponent: one element, with its sign or in its brackets."""
        kind, token = self._tokens[self._at]
        if token == "-":
            self._at += 1
            return f"<mrow><mo>−</mo>{self._element()}</mrow>"
        return self._bracket(shown=False) if token in _OPEN and kind == "sign" else self._element()

    def _element(self) -> str:
        kind, token = self._tokens[self._at]
        if kind == "sign" and token in _OPEN:
            return self._bracket()
        self._at += 1
        if kind == "number":
            return f"<mn>{token}</mn>"
        if kind == "word":
            return self._word(token)
        return f"<mo>{escape(_SIGNS.get(token, token))}</mo>"

    def _word(self, token: str) -> str:
        if token == "sqrt" and self._at < len(self._tokens) and self._tokens[self._at][1] == "(":
            return f"<msqrt>{self._bracket(shown=False)}</msqrt>"
        base, _, index = token.partition("_")
        if _is_word(token):
            # total_steps is one name; a single letter is an index, as in score_k.
            if len(index) != 1:
                return f"<mtext>{escape(token)}</mtext>"
            return f"<msub><mtext>{base}</mtext>{_named(index)}</msub>"
        if not index and token.endswith("_"):
            return _named(base)
        return f"<msub>{_named(base)}{_named(index)}</msub>" if index else _named(base)

    def _bracket(self, *, shown: bool = True) -> str:
        opening = self._tokens[self._at][1]
        closing = _CLOSE[_OPEN.index(opening)]
        self._at += 1
        inner = self.row(closing)
        is_closed = self._at < len(self._tokens)
        self._at += is_closed
        if not shown:
            return inner
        end = f"<mo>{closing}</mo>" if is_closed else ""
        return f"<mrow><mo>{opening}</mo>{inner}{end}</mrow>"


def _is_word(token: str) -> bool:
    """Tell whether a name is a word: not a letter, a Greek one, or a function."""
    base = token.partition("_")[0]
    return token in _SHORT_WORDS or (len(base) > 2 and base.rstrip("'") not in _GREEK and base not in _FUNCTIONS)


def _named(name: str) -> str:
    """Return a variable; d before one letter is a derivative, and belongs to it."""
    plain = name.rstrip("'")
    text = _GREEK.get(plain, plain) + "′" * (len(name) - len(plain))
    return f"<mi>{escape(text)}</mi>" if not plain.isdigit() else f"<mn>{plain}</mn>"
