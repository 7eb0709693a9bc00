"""Small faults put into our own code one at a time: the places where one can be made, and what it is."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARISONS = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"), ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}  # fmt: skip
SUMS = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"), ast.Pow: ("**", "*"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
}  # fmt: skip
NAMES = {"min": "max", "any": "all", "floor": "ceil", "cummax": "cummin", "minimum": "maximum", "lower": "upper"}
NAMES |= {other: name for name, other in NAMES.items()}
SQL_WORDS = {
    "AND": "OR", "OR": "AND", "MIN": "max", "MAX": "min", "GREATEST": "least", "LEAST": "greatest", "LEAD": "lag",
    "LAG": "lead", "TRUE": "false", "FALSE": "true", "FIRST": "LAST", "LAST": "FIRST", "SEMI": "ANTI", "ANTI": "SEMI",
    "LEFT": "", "ALL": "", "NOT": "", "DISTINCT": "", "DESC": "", "BOOL_AND": "bool_or", "BOOL_OR": "bool_and",
    "FIRST_VALUE": "last_value", "MAX_BY": "min_by",
}  # fmt: skip
SQL_SIGNS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "+": "-", "-": "+", "*": "+"}
SQL_TOKEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"|\$?\w+|::|<>|<=|>=|[<>=+\-*]")
NEVER_AFTER = {"ALL": ("BY",), "NOT": ("IS",), "*": ("SELECT",)}
"""GROUP BY ALL, IS NOT and the star of a list of columns are no places for a fault of that kind."""


@dataclass(frozen=True)
class Mutant:
    """One fault: in `file` from byte `start` to `stop` stands `new` instead of `old`; `text` is its line, in which it
    begins at `column` (1 = first)."""

    file: Path
    line: int
    column: int
    start: int
    stop: int
    old: str
    new: str
    text: str

    def applied(self, content: bytes) -> bytes:
        """The file with the fault in it."""
        return content[: self.start] + self.new.encode() + content[self.stop :]


def mutants(file: Path) -> list[Mutant]:
    """Every fault that can be put into a Python or SQL file."""
    content = file.read_bytes()
    places = _sql_places(content.decode()) if file.suffix == ".sql" else _python_places(content)
    return [_mutant(file, content, *place) for place in sorted(set(places))]


def _mutant(file: Path, content: bytes, start: int, stop: int, new: str) -> Mutant:
    line = content[:start].count(b"\n")
    text = content.splitlines()[line].decode().strip()
    column = start - (content.rfind(b"\n", 0, start) + 1)
    return Mutant(file, line + 1, column + 1, start, stop, content[start:stop].decode(), new, text)


Place = tuple[int, int, str]


def _python_places(content: bytes) -> Iterator[Place]:
    starts = [0]
    for line in content.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def begin(node: ast.expr) -> int:
        return starts[node.lineno - 1] + node.col_offset

    def end(node: ast.expr) -> int:
        return starts[node.end_lineno - 1] + node.end_col_offset

    for node in _computing(ast.parse(content)):
        if isinstance(node, ast.Compare | ast.BinOp | ast.BoolOp):
            for left, right, old, new in _signs(node):
                yield from _between(content, end(left), begin(right), old, new)
        elif isinstance(node, ast.expr) and (word := _word(node)) is not None:
            cut, new = word
            yield (begin(node), begin(node) - cut, "") if cut < 0 else (end(node) - cut, end(node), new)
        elif isinstance(node, ast.If) and not isinstance(node.test, ast.Compare):
            yield begin(node.test), begin(node.test), "not "


def _signs(node: ast.Compare | ast.BinOp | ast.BoolOp) -> Iterator[tuple[ast.expr, ast.expr, str, str]]:
    """Operands that stand beside each other, the sign between them, and another one."""
    if isinstance(node, ast.BoolOp):
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield from ((left, right, *words) for left, right in zip(node.values, node.values[1:], strict=False))
    elif isinstance(node, ast.BinOp):
        if type(node.op) in SUMS:
            yield node.left, node.right, *SUMS[type(node.op)]
    elif len(node.ops) == 1:
        yield node.left, node.comparators[0], *COMPARISONS[type(node.ops[0])]


def _word(node: ast.expr) -> tuple[int, str] | None:
    """(characters at the end of the node, what stands there instead); below 0: so many in front are left out."""
    match node:
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub() as sign):
            return -len("not " if isinstance(sign, ast.Not) else "-"), ""
        case ast.Constant(value=bool(value)):
            return len(str(value)), str(not value)
        case ast.Constant(value=int(value)):
            return node.end_col_offset - node.col_offset, str(value + 1)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in NAMES:
            return len(name), NAMES[name]
    return None


def _between(content: bytes, start: int, stop: int, old: str, new: str) -> Iterator[Place]:
    """The sign that stands between two operands."""
    found = re.search(rf"(?<![<>=!*/]){re.escape(old)}(?![=*/])".encode(), content[start:stop])
    if found:
        yield start + found.start(), start + found.end(), new


def _computing(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but annotations and named types, which compute nothing."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        for field, value in ast.iter_fields(node):
            if field not in ("annotation", "returns", "decorator_list"):
                todo += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST)]


def _sql_places(content: str) -> Iterator[Place]:
    before: list[str] = [""]
    for found in SQL_TOKEN.finditer(content):
        start = len(content[: found.start()].encode())
        word, after = found.group(), content[found.end() :]
        upper = word.upper()
        if upper == "IS":
            negated = re.match(r"\s+NOT\b", after, re.IGNORECASE)
            yield start, start + len("IS") + (negated.end() if negated else 0), "IS" if negated else "IS NOT"
        elif (new := _sql_word(upper, before, after, content[: found.start()])) is not None:
            yield start, start + len(word.encode()), new
        before = [*before[-3:], upper]


def _sql_word(word: str, before: list[str], after: str, text: str) -> str | None:
    """What stands instead of a word or sign of SQL; None where another would be no SQL, or the same."""
    if word.isdecimal():
        return str(int(word) + 1)
    if word == "*" and not re.search(r"[\w)]\s*$", text) or before[-1] in NEVER_AFTER.get(word, ()):
        return None
    if word == "AND" and "BETWEEN" in before or word == "DISTINCT" and re.match(r"\s+FROM", after):
        return None
    return SQL_WORDS.get(word, SQL_SIGNS.get(word))
