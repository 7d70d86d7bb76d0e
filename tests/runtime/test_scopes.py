import ast
from textwrap import dedent

import pytest

from components.runtime.scopes import bindings, references


def used(source: str, names: tuple[str, ...] = ()) -> set[str]:
    tree = ast.parse(dedent(source))
    found = references(tree.body, ("pkg", "sub"), names)
    return {("/" if one.imported else "") + ".".join(one.path) for one in found}


@pytest.mark.parametrize(
    ("source", "globals_used"),
    [
        ("def f(a, /, b, *c, d, **e): return a, b, c, d, e, g", {"g"}),
        ("def f(a=b, *, c=d): pass", {"b", "d"}),
        ("def f(a: A = 1) -> B: x: C = 2; return x", set()),
        ("@deco(arg)\ndef f(): pass", {"deco", "arg"}),
        ("lambda x, y=z: x + y + w", {"z", "w"}),
        ("[x for x in xs if x > limit]", {"xs", "limit"}),
        ("def f(): return [x for x in x]", {"x"}),
        ("{k: v for k, v in p for q in k if q}", {"p"}),
        ("def f(): (y := g()); return y", {"g"}),
        ("def f(): [last := x for x in xs]; return last", {"xs"}),
        ("def f(d=(n := 1)): return n", {"n"}),
        ("def f():\n    def g(): return h\n    return g", {"h"}),
        ("def f():\n    x = 1\n    def g(): return x\n    return g", set()),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    return g", set()),
        ("def f():\n    global x\n    return x", {"x"}),
        ("def f():\n    x = 1\n    def g():\n        global x\n        return x\n    return g", {"x"}),
        ("class A(B, metaclass=M):\n    c = d\n    def m(self): return c, self.c", {"B", "M", "d", "c"}),
        ("class A:\n    c = 1\n    e = c\n    f = [c for _ in c]", {"c"}),
        ("def f():\n    try: pass\n    except E as e: raise e", {"E"}),
        ("def f():\n    with o() as (a, b), p: return a, b", {"o", "p"}),
        ("def f():\n    for a, (b, *c) in z: print(a, b, c)", {"z", "print"}),
        ("def f(v):\n    match v:\n        case {'k': [q, *r], **s}: return q, r, s, t", {"t"}),
        ("def f(v):\n    match v:\n        case m.P(x=q) | K(q): return q", {"m.P", "K"}),
        ("def f():\n    x += 1", set()),
        ("def f():\n    del x", set()),
        ("np.linalg.norm(a.b[c.d].e)", {"np.linalg.norm", "a.b", "c.d"}),
        ("f'{a!r:>{b}}'", {"a", "b"}),
        ("async def f():\n    async for x in y: await x\n    async with z as w: return w", {"y", "z"}),
        ("def f():\n    class A:\n        x = 1\n    return A.x", set()),
        ("def f(x):\n    class A:\n        y = x\n    return A", set()),
    ],
)
def test_only_names_that_leave_every_scope_are_used(source, globals_used):
    assert used(source) == globals_used


def test_a_class_body_may_read_the_global_that_it_hides():
    assert used("class A:\n    zone = zone", ("zone",)) == {"zone"}


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("def f():\n    import a.b\n    a.b.c()", {"/a.b.c"}),
        ("def f():\n    import a.b as x\n    return x.y", {"/a.b.y"}),
        ("def f():\n    from a import b as x\n    return x()", {"/a.b"}),
        ("def f():\n    from . import b\n    return b.c", {"/pkg.sub.b.c"}),
        ("def f():\n    from ..m import b\n    return lambda: b", {"/pkg.m.b"}),
        ("def f():\n    from a import unused", set()),
        ("def f(x):\n    if x:\n        from a import b\n    else:\n        from c import b\n    return b", {"/a.b", "/c.b"}),
    ],
)
def test_imports_inside_functions_lead_to_absolute_paths(source, paths):
    assert used(source) == paths


def test_bindings_leave_nested_scopes_out():
    tree = ast.parse("import a.b, c as d\nfrom e import *\nx, (y, *z) = 1\ndef f(p): q = 1\nclass G: r = 1\n[s for s in (t := u)]")
    found = bindings(tree.body, ())
    assert set(found.names) == {"a", "d", "x", "y", "z", "f", "G", "t"}
    assert found.stars == [("e",)]
