"""The order of layers holds, and the lab stays fit for places without threads, sockets or a browser's toolkit."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailserver_lab

ROOT = Path(mailserver_lab.__file__).parent
FILES = sorted(file for file in ROOT.rglob("*.py") if "node_modules" not in file.parts)

# bottom first; what stands in one line may use each other
LAYERS = [
    {
        "locale",
        "rfcs",
        "wordings",
        "replies",
        "clock",
        "world",
        "trace",
        "net",
        "buffer",
        "masking",
        "mime",
        "talk",
        "",
    },
    {"related", "transcript", "dsn", "store"},
    {"smtp", "pop3", "imap", "dns", "web"},
    {"lab"},
    {"experiments", "devices", "exercise"},
    {"control"},
    {"widgets", "jupyter", "explain", "queue"},
    {"__main__"},
]
# protocols stand side by side: one uses another only where this says so
PROTOCOLS = {("smtp", "dns")}


def layer(part: str) -> int:
    return next(n for n, parts in enumerate(LAYERS) if part in parts)


def part_of(file: Path) -> str:
    first = file.relative_to(ROOT).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imported(file: Path, *, everywhere: bool = True) -> Iterator[tuple[str, int]]:
    """Absolute names of the modules that a file imports, and the line; at the top only where not `everywhere`."""
    package = ["mailserver_lab", *file.relative_to(ROOT).parent.parts]
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *([node.module] if node.module else [])]
            if module == ["mailserver_lab"]:
                yield from ((f"mailserver_lab.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield ".".join(module), node.lineno


def parts_used(file: Path) -> Iterator[tuple[str, int]]:
    for name, line in imported(file):
        first, _, rest = name.partition(".")
        if first == "mailserver_lab":
            part = rest.partition(".")[0]
            known = any(part in parts for parts in LAYERS)
            yield (part if known else ""), line


def test_every_part_has_its_layer() -> None:
    assert {part_of(file) for file in FILES} <= set().union(*LAYERS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_uses_what_stands_above_it(file: Path) -> None:
    mine = part_of(file)
    late = {line for _, line in imported(file)} - {line for _, line in imported(file, everywhere=False)}
    wrong = [
        f"line {line}: {used}"
        for used, line in parts_used(file)
        if layer(used) > layer(mine)
        and not (mine == "" and line in late)  # the package's own name opens the lab, when asked
    ]
    protocols = LAYERS[layer("smtp")] - {"web"}
    if mine in protocols:
        wrong += [
            f"line {line}: {used}"
            for used, line in parts_used(file)
            if used in protocols - {mine} and (mine, used) not in PROTOCOLS
        ]
    assert wrong == []


SHELLS = {"net", "store", "control", "jupyter", "__main__"}
BLOCKING = {
    "threading",
    "subprocess",
    "multiprocessing",
    "concurrent",
    "socket",
    "smtplib",
    "poplib",
    "imaplib",
    "urllib.request",
    "http.client",
    "requests",
    "socketserver",
}
CALLS = {
    ("asyncio", "run"),
    ("asyncio", "start_server"),
    ("asyncio", "open_connection"),
    ("asyncio", "to_thread"),
    ("time", "sleep"),
}
METHODS = {
    "run_in_executor",
    "create_server",
    "create_connection",
    "create_datagram_endpoint",
    "run_until_complete",
    "run_forever",
}


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if part_of(file) not in SHELLS],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_only_shells_use_threads_sockets_and_blocking_clients(file: Path) -> None:
    wrong = [
        f"line {line}: {name}"
        for name, line in imported(file)
        if name in BLOCKING or name.partition(".")[0] in BLOCKING
    ]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            base = node.value.id if isinstance(node.value, ast.Name) else ""
            if (base, node.attr) in CALLS or node.attr in METHODS:
                wrong.append(f"line {node.lineno}: {base}.{node.attr}")
    assert wrong == []


WHERE = {
    "trustme": {"lab"},
    "tornado": {"control", "jupyter"},
    "ipywidgets": {"widgets"},
    "anywidget": {"widgets"},
    "jupyter_server": {"jupyter", "control"},
    "IPython": {"widgets", "jupyter", "control"},
    "graphviz": {"widgets"},
    "h11": {"web"},
    "aiosmtpd": {"smtp"},
    "sqlite3": {"store", "smtp", "lab", "__main__"},
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_large_or_platform_bound_libraries_are_imported_where_they_are_used(file: Path) -> None:
    mine = part_of(file)
    wrong = [
        f"line {line}: {name}"
        for name, line in imported(file)
        if mine not in WHERE.get(name.partition(".")[0], {mine})
    ]
    assert wrong == []


def modules_after(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


def test_the_lab_greets_without_waiting_for_the_toolkits() -> None:
    loaded = modules_after("import mailserver_lab.lab, mailserver_lab.__main__")
    assert "mailserver_lab.lab.running" in loaded
    for unwanted in (
        "tornado",
        "ipywidgets",
        "anywidget",
        "IPython",
        "jupyter_server",
        "traitlets",
        "graphviz",
        "trustme",
        "cryptography",
    ):
        assert unwanted not in loaded
    assert not {
        name
        for name in loaded
        if name.startswith(("mailserver_lab.widgets", "mailserver_lab.jupyter", "mailserver_lab.control"))
    }


def _is_state(node: ast.stmt) -> bool:
    """Whether a statement at the top of a module makes something that is there to be changed."""
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if value is None or not names or all(name.startswith("__") for name in names):
        return False
    if isinstance(value, ast.List | ast.Dict | ast.Set) and not (
        getattr(value, "elts", None) or getattr(value, "keys", None)
    ):
        return True  # an empty collection is made to be filled
    if isinstance(value, ast.Call):
        function = value.func
        called = (
            function.attr
            if isinstance(function, ast.Attribute)
            else function.id
            if isinstance(function, ast.Name)
            else ""
        )
        return (
            called
            in {
                "dict",
                "list",
                "set",
                "deque",
                "defaultdict",
                "count",
                "Lock",
                "Event",
                "Queue",
                "ContextVar",
                "WeakSet",
                "WeakValueDictionary",
                "local",
            }
            and not value.args
        )
    return not all(
        name.isupper() or name.lower() != name or name.startswith("_") or name in {"log", "T"}
        for name in names
    ) and isinstance(value, ast.Constant)


# one lab for all who ask in a process without a server; a table that is filled once, when it is imported
DELIBERATE = {ROOT / "control" / "opening.py", ROOT / "control" / "remote.py"}


@pytest.mark.parametrize(
    "file", [file for file in FILES if file not in DELIBERATE], ids=lambda file: str(file.relative_to(ROOT))
)
def test_no_module_holds_state(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    wrong = [f"line {node.lineno}" for node in tree.body if _is_state(node)]
    wrong += [f"line {node.lineno}: global" for node in ast.walk(tree) if isinstance(node, ast.Global)]
    assert wrong == []
