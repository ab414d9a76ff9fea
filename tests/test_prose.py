"""Comments, docstrings, messages and documents are plain: words that CONTRIBUTING.md bans, and names of tests."""

import ast
import io
import itertools
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
BANNED = re.compile(
    r"\b(?:(?i:whoever|whatever|nobody|stands? in|in the place of|so many|as they come|gone through|has its way|be it)"
    r"|lies? in|makes? of|(?<![Tt]here )are none|(?<![Tt]here )is no (?!longer\b|more\b|less\b|fewer\b|such\b)[a-z]+)\b"
)
GAP = re.compile(r"""["'\s#]+""")
# These quote the words, or say what was done in the words of its time.
QUOTES = re.compile(r"CHANGELOG\.md|changes/|CONTRIBUTING\.md|docs/decisions\.md|tests/test_prose\.py|.*/data/")
WRITTEN_BY_TOOLS = re.compile(r"docs/(?:performance|reliability)\.md")
LONGEST = 70
CODE = {tokenize.NAME, tokenize.OP, tokenize.NUMBER}
STRINGS = {getattr(tokenize, name) for name in ("STRING", "FSTRING_MIDDLE", "COMMENT") if hasattr(tokenize, name)}


def tracked(*endings: str) -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name.endswith(endings) and not QUOTES.match(name)]


def prose_of(code: str) -> str:
    """Return comments and strings, with a bar wherever other code is between them."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return "\n".join("|" if token.type in CODE else token.string for token in tokens if token.type in CODE | STRINGS)


def banned_in(text: str) -> list[str]:
    text = GAP.sub(" ", text)
    return [text[max(match.start() - 40, 0) : match.end() + 30] for match in BANNED.finditer(text)]


def found_in(paths: list[Path], *, code: bool) -> dict[str, list[str]]:
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in paths if path.is_file()}
    suspects = {name: text for name, text in texts.items() if banned_in(text)}  # few, so few files are tokenized
    found = {name: banned_in(prose_of(text) if code else text) for name, text in suspects.items()}
    return {name: places for name, places in found.items() if places}


def test_code_has_no_banned_words():
    assert found_in(tracked(".py", ".pyi"), code=True) == {}


def test_documents_and_templates_have_no_banned_words():
    documents = [path for path in tracked(".md", ".txt") if not WRITTEN_BY_TOOLS.search(str(path))]
    assert found_in(documents, code=False) == {}


def test_the_list_finds_each_word_and_lets_plain_english_pass():
    code = 'a = """It lies\n    in the place of a."""\nb = ("it is no "\n    "number", "c is", "no d")  # for whoever'
    assert len(banned_in(prose_of(code))) == 3
    assert banned_in("There is no file, there are none, and it is no longer open.") == []


def sentences(docstring: str) -> Iterator[str]:
    """Yield the sentences of a docstring; a blank line or another indent ends one, as between parameters."""
    lines = [line if set(line.strip()) != {"-"} else "" for line in docstring.splitlines()]
    for _, paragraph in itertools.groupby(lines, key=lambda line: len(line) - len(line.lstrip()) if line else -1):
        yield from re.split(r"(?<=[.!?])\s+(?=[A-Z`(])", " ".join(line.strip() for line in paragraph))


def words(sentence: str) -> int:
    return len(re.findall(r"[\w'…-]+", re.sub(r"``?[^`]+``?", "code", sentence)))


def test_sentences_are_told_apart_and_their_words_counted():
    told = list(sentences("One two. Three `a b c`\nfour.\n\nx\n    Five, six"))
    assert [words(each) for each in told if each] == [2, 3, 1, 2]


def test_sentences_of_the_kernel_have_at_most_25_words():
    long = []
    for file in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                long += [f"{file.name}: {each}" for each in sentences(text) if words(each) > 25]
    assert long == []


def names_of_tests() -> Iterator[tuple[str, str]]:
    for path in tracked(".py"):
        for match in re.finditer(r"^ *(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE):
            yield path.name, match[1]


def test_names_of_tests_are_short():
    assert [where for where in names_of_tests() if len(where[1]) > LONGEST] == []
