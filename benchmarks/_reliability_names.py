"""Which names of a lesson are written over: read from its source, without running it.

A section that reads a name which a later section binds anew gives other numbers, or an error, when
it is run again; with trainings cut short nobody would notice the numbers.
"""

import ast
import builtins
import symtable
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """A name is read, bound or deleted, at module level or by a function, in a cell."""

    kind: str  # "read", "bind" or "delete"
    name: str
    section: int
    cell: int


def read_by(node):
    """Return the global names that a piece of source reads, inside its functions, too."""
    text = ast.unparse(node)
    text = f"({text})" if isinstance(node, ast.expr) else text
    found, tables = set(), [symtable.symtable(text, "cell", "exec")]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
        tables += table.get_children()
    return found


def bound_by(target):
    """Return the names that an assignment's target binds."""
    return {n.id for n in ast.walk(target) if isinstance(n, ast.Name) and is_store(n)}


def is_store(name):
    """Return whether a name is written to here."""
    return isinstance(name.ctx, ast.Store)


def steps(statements):
    """Yield (kind, names) in the order in which statements read and bind them."""
    for one in statements:
        if isinstance(one, ast.Assign | ast.AugAssign):
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            own = set() if isinstance(one, ast.Assign) else bound_by(one.target)
            yield "read", read_by(one.value) | own | set().union(*map(loaded_by, targets))
            yield "bind", set().union(*map(bound_by, targets))
        elif isinstance(one, ast.For):
            yield "read", read_by(one.iter)
            yield "bind", bound_by(one.target)
            yield from steps([*one.body, *one.orelse])
        elif isinstance(one, ast.With):
            for item in one.items:
                yield "read", read_by(item.context_expr)
                yield "bind", bound_by(item.optional_vars) if item.optional_vars else set()
            yield from steps(one.body)
        elif isinstance(one, ast.If | ast.While):
            yield "read", read_by(one.test)
            yield "bind", walrus_in(one.test)
            yield from steps([*one.body, *one.orelse])
        else:
            yield from plain_step(one)


def plain_step(one):
    """Yield (kind, names) of a statement that holds no others which a lesson would look into."""
    if isinstance(one, ast.FunctionDef | ast.ClassDef):
        yield "read", read_by(one) - {one.name}
        yield "bind", {one.name}
    elif isinstance(one, ast.Import | ast.ImportFrom):
        yield "bind", {(alias.asname or alias.name).split(".")[0] for alias in one.names}
    elif isinstance(one, ast.Delete):
        yield "delete", {target.id for target in one.targets if isinstance(target, ast.Name)}
    else:
        yield "read", read_by(one)
        yield "bind", walrus_in(one)


def loaded_by(target):
    """Return the names that a target such as `table[row]` reads."""
    return {n.id for n in ast.walk(target) if isinstance(n, ast.Name) and not is_store(n)}


def walrus_in(node):
    """Return the names that `:=` binds."""
    return {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}


def events(groups):
    """Return the Events of a lesson in their order.

    Args:
        groups: what `_reliability_lesson.sections` returns.
    """
    return [
        Event(kind, name, section, number)
        for section, group in enumerate(groups)
        for number, cell in group
        for kind, names in steps(ast.parse(cell.source).body)
        for name in sorted(names)
        if not hasattr(builtins, name)
    ]


def outside(found):
    """Yield the reads of names that the read's own section has not bound before."""
    bound = set()
    for one in found:
        if one.kind == "bind":
            bound.add((one.section, one.name))
        elif one.kind == "read" and (one.section, one.name) not in bound:
            yield one


def overwritten(groups):
    """Return in words which sections find a name written over or deleted when they run again."""
    found = events(groups)
    faults = []
    for read in outside(found):
        binds = [e.cell for e in found if e.kind == "bind" and e.name == read.name]
        before = [cell for cell in binds if cell < read.cell]
        after = sorted({cell for cell in binds if cell >= read.cell})
        if before and after:
            faults.append(
                f"cell {read.cell} reads {read.name} of cell {before[-1]}; "
                f"cell {', '.join(map(str, after))} binds it anew"
            )
    made = {(e.cell, e.name) for e in found if e.kind == "bind"}
    deleted = [e for e in found if e.kind == "delete" and (e.cell, e.name) not in made]
    faults += [f"cell {e.cell} deletes {e.name}" for e in deleted]
    return list(dict.fromkeys(faults))


def needing(groups):
    """Return how many sections read a name that neither they nor the opening group bind first."""
    found = events(groups)
    opening = {e.name for e in found if e.kind == "bind" and e.section == 0}
    known = {e.name for e in found if e.kind == "bind"}
    reads = [e for e in outside(found) if e.section and e.name in known - opening]
    return len({e.section for e in reads})
