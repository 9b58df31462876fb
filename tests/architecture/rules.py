"""The rules of the house that no linter knows, read from the syntax of each file."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Rule:
    """What must not stand in a file, where it may all the same, and a snippet in which it must be found."""

    name: str
    found: Callable[[ast.AST], bool]
    """Whether a node of the syntax tree is what the rule forbids."""
    snippet: str
    where: tuple[str, ...] = ("services", "shared")
    """Folders it holds in."""
    except_in: tuple[str, ...] = ()
    """Files it does not hold in; each with its reason where the rule is written."""

    def broken_in(self, source: str) -> list[int]:
        """The lines that break it."""
        return [getattr(node, "lineno", 0) for node in ast.walk(ast.parse(source)) if self.found(node)]

    def files(self) -> Iterator[Path]:
        """The files it holds in."""
        for folder in self.where:
            for file in sorted(ROOT.glob(f"{folder}/**/*.py")):
                if str(file.relative_to(ROOT)) not in self.except_in:
                    yield file


def _called(node: ast.AST) -> str | None:
    """The last name of what a node calls."""
    if not isinstance(node, ast.Call):
        return None
    return _last_name(node.func)


def _last_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _bare_unit_of_work(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(one.name == "unit_of_work" for one in node.names) and node.module != "shared.http"
    return isinstance(node, ast.Call) and _called(node) == "Depends" and "unit_of_work" in map(_last_name, node.args)


def _ends_transaction(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr
        in {
            "commit",
            "rollback",
        }
    )


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(one.name in {"environ", "environb", "getenv"} for one in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "environb", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


_MODE = {"database_url", "database_direct_url", "kafka_bootstrap_servers", "meili_url", "smtp_url"}


def _reads_mode(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _MODE
    return (
        isinstance(node, ast.Call)
        and _called(node) == "getattr"
        and any(isinstance(one, ast.Constant) and one.value in _MODE for one in node.args)
    )


def _includes_a_router(node: ast.AST) -> bool:
    return _called(node) == "include_router"


RULES = (
    Rule(
        "a session comes from the alias Session",
        _bare_unit_of_work,
        "async def post(session = Depends(unit_of_work)): ...",
        except_in=("shared/http/unit_of_work.py",),
    ),
    Rule(
        "services never commit or roll back: the unit of work does",
        _ends_transaction,
        "async def publish(session):\n    await session.commit()",
        where=("services",),
    ),
    Rule(
        "shared/settings.py alone reads the environment",
        _reads_environment,
        "import os\nport = os.environ['PORT']",
        # PostgreSQL's own programs are started with an environment of their own, made from PATH.
        except_in=("shared/settings.py", "shared/storage/embedded_postgres/launch.py"),
    ),
    Rule(
        "wiring, and what checks its settings, alone read the mode",
        _reads_mode,
        "def f(settings):\n    return settings.kafka_bootstrap_servers is None",
        except_in=("shared/runtime/wiring.py", "shared/runtime/configuration.py"),
    ),
    Rule(
        "routers are joined, not included: an inclusion analyses every route once more for each app",
        _includes_a_router,
        "router.include_router(part.router)",
    ),
)

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}


def badly_named(root: Path) -> list[str]:
    """Modules and folders whose names say nothing about the domain."""
    return [
        str(path.relative_to(root))
        for folder in ("services", "shared", "tests")
        for path in sorted((root / folder).rglob("*"))
        if path.stem in FORBIDDEN_NAMES and (path.suffix == ".py" or path.is_dir())
    ]
