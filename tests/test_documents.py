"""Documents that cannot rot: the tree, the import table, the glossary, the commands and the paths are checked."""

import re
import tomllib
from pathlib import Path

from pipeline.__main__ import parser
from pipeline.catalogue.manifest import Manifest
from pipeline.catalogue.rules import RULES
from pipeline.readers.registry import FORMATS
from tests.test_architecture import LAYERS, ROOT, modules

ARCHITECTURE = ROOT / "ARCHITECTURE.md"


def block(heading: str) -> str:
    """The text of ARCHITECTURE.md under a heading."""
    return ARCHITECTURE.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def test_the_drawn_tree_is_the_real_one() -> None:
    """Every path in the tree exists, and every folder and every room of code stands in it."""
    drawn = {line.split()[0].rstrip("/") for line in block("The tree").split("```")[1].strip().splitlines()}
    assert not [path for path in drawn if not list(ROOT.glob(path))]
    folders = {str(path.parent.relative_to(ROOT)) for path in modules().values()} - {"."}
    folders |= {str(path.parent.relative_to(ROOT)) for path in (ROOT / "db" / "sql").rglob("*.sql")}
    assert not folders - drawn, "a folder is missing in the tree"
    assert not {str(path.relative_to(ROOT)) for path in (ROOT / "pages").glob("*.py")} - drawn


def test_the_import_table_is_the_real_one() -> None:
    rooms = set(re.findall(r"`(pipeline\.\w+)`", block("Who may import whom")))
    assert {name for name in LAYERS if any(one == name or one.startswith(f"{name}.") for one in modules())} <= rooms


def test_the_glossary_is_used() -> None:
    """Every word of the glossary is a column, a table or a word in the code."""
    words = re.findall(r"^\| \*\*([a-z ]+)\*\*", block("Glossary"), re.MULTILINE)
    files = (*modules().values(), ROOT / "db" / "schema.sql")
    everything = "".join(path.read_text(encoding="utf-8") for path in files)
    assert len(words) >= 15
    assert not [word for word in words if word.replace(" ", "_") not in everything and word not in everything]


def test_every_dependency_is_justified() -> None:
    kinds = ("", "-test", "-openvino")
    files = [(ROOT / f"requirements{kind}.txt").read_text(encoding="utf-8") for kind in kinds]
    lines = [line for text in files for line in text.splitlines()]
    names = [line.split("==")[0] for line in lines if "==" in line]
    assert len(names) >= 10 and all(re.fullmatch(r"[\w.-]+==[\w.]+|#.*|", line) for line in lines), "direct and pinned"
    assert not [name for name in names if f"`{name}`" not in block("Dependencies")]


def documents() -> list[Path]:
    named = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")]
    return [*named, *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_make_command_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for path in documents() for name in re.findall(r"\bmake (\w+)`", path.read_text(encoding="utf-8"))}
    assert {"run", "test", "check", "bench", "soak"} <= named & targets and named <= targets


def test_every_pipeline_command_in_the_documents_exists() -> None:
    (choices,) = [action.choices for action in parser()._actions if action.dest == "command"]
    text = "".join(path.read_text(encoding="utf-8") for path in documents())
    named = set(re.findall(r"python -m pipeline (\w[\w-]*)", text))
    assert {"demo", "import", "propose", "restore"} <= named <= set(choices)


def test_every_rule_of_the_import_is_explained() -> None:
    text = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
    actions = {rule.title: (rule.severity, rule.action.replace(" ({t1} s)", "")) for rule in RULES.values()}
    rows = re.findall(r"^\| ([^|]+) \| (error|warning|info) \| ([^|]+) \|$", text, re.MULTILINE)
    assert {title: (severity, action) for title, severity, action in rows} == actions


def test_every_format_is_explained() -> None:
    text = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
    table = text.split("## Formats")[1].split("## ")[0].split("|---|---|")[1]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(FORMATS)


def test_the_example_of_the_readme_is_a_manifest() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("```toml\n", 1)[1].split("```", 1)[0]
    assert Manifest.model_validate(tomllib.loads(text)).study.id == "demo"


def test_every_path_in_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    paths = re.findall(r"\]\(([^):#]+)\)", text)
    paths += re.findall(r"`((?:docs|db|pages|pipeline|tests|benchmarks)/[\w./-]+)`", text)
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_nothing_outside_the_project_is_named() -> None:
    """No folder of one particular machine stands in what is kept."""
    home = re.compile(r"(?<![\w.])/(work|root|home|Users)/")
    kept = [path for suffix in ("py", "md", "toml", "sql", "js", "css") for path in ROOT.rglob(f"*.{suffix}")]
    kept = [*kept, ROOT / "Makefile", ROOT / ".ci" / "run"]
    kept = [path for path in kept if not {".venv", "study", ".git"} & set(path.relative_to(ROOT).parts)]
    wrong = [path for path in kept if path != Path(__file__) and home.search(path.read_text(encoding="utf-8"))]
    assert not [str(path.relative_to(ROOT)) for path in wrong]
