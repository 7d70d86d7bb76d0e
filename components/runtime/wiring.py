"""The rules of wiring, checked when a step is added: names, shapes, types, and no way for a step to read its own past."""

from collections.abc import Iterator, Mapping

from components.runtime.canonical import canonical
from components.runtime.component import Component, Input
from components.runtime.errors import DefinitionError, nearest
from components.runtime.feeds import Accepted, AsOf, EachOf, Feed, LedgerRoot, Ref, SourceRoot, Step, WindowRef, steps_of

Roots = Mapping[str, SourceRoot | LedgerRoot]
Steps = Mapping[str, Step]


def check_arguments(where: str, component: "Component[..., object]", arguments: Mapping[str, object]) -> None:
    """Refuse arguments that the component does not have, lacks or gets otherwise, and more than one fan-out."""
    known = [*component.inputs, *component.configuration]
    for name in arguments:
        if name not in known:
            raise DefinitionError(
                f"{component.name} has no parameter '{name}'", where=where, expected=", ".join(known), nearest=nearest(name, known)
            )
    required = [p.name for p in component.inputs.values() if p.required and p.shape != "span"]
    required += [p.name for p in component.configuration.values() if p.default is p.empty]
    for name in required:
        if name not in arguments:
            raise DefinitionError(f"'{name}' of {component.name} is not given", where=where)
    mapped = [name for name, value in arguments.items() if isinstance(value, EachOf)]
    if len(mapped) > 1:
        raise DefinitionError(f"it is mapped over {' and '.join(mapped)}", where=where, expected="one fan-out a step")
    for name, value in arguments.items():
        if name in component.inputs:
            check_feed(where, component.inputs[name], value)
        else:
            check_configuration(where, name, component.annotations[name], value)


def check_configuration(where: str, name: str, annotation: object, value: object) -> None:
    """Refuse a configuration value that is of another class than its parameter, or has no canonical form."""
    if isinstance(value, EachOf) and isinstance(value.over, Ref):
        raise DefinitionError(
            f"'{name}' is configuration", where=where, expected="each(...) of plain values", got=f"each of {value.over.made}"
        )
    for one in value.over if isinstance(value, EachOf) and isinstance(value.over, tuple) else (value,):
        wanted = (int, float) if annotation is float else annotation
        if isinstance(wanted, type | tuple) and not isinstance(one, wanted):
            raise DefinitionError(f"'{name}' is configuration", where=where, expected=getattr(annotation, "__name__", ""), got=repr(one))
        canonical(one, f"{where}, '{name}'")


def check_feed(where: str, parameter: Input, feed: object) -> None:
    """Refuse a feed whose shape or type is not the parameter's."""
    where = f"{where}, '{parameter.name}'"
    if parameter.type is None:
        if parameter.shape == "span":
            raise DefinitionError("the step's own span fills it", where=where, fix="leave it out")
        if not isinstance(feed, AsOf):
            raise DefinitionError("it is an instant", where=where, expected="pipeline.as_of", got=type(feed).__name__)
        return
    wanted = {"window": "a window of {}", "sequence": "a list of {}"}.get(parameter.shape, "one {}").format(parameter.type.kind)
    inner = feed.over if isinstance(feed, EachOf) else feed
    if not isinstance(inner, Ref | Accepted | WindowRef | SourceRoot | LedgerRoot):
        raise DefinitionError("it comes from a step or a root", where=where, expected=wanted, got=type(inner).__name__)
    given = _shape(feed)
    if inner.made != parameter.type.kind or given != {"optional": "one"}.get(parameter.shape, parameter.shape):
        got = {"window": "a window of {}", "sequence": "a list of {}", "one": "one {}"}[given].format(inner.made)
        raise DefinitionError("the feed does not fit", where=where, expected=wanted, got=got)


def check_known(where: str, feed: Feed, steps: Steps, roots: Roots) -> None:
    """Refuse steps and roots of another pipeline."""
    for name in steps_of(feed):
        if name not in steps:
            raise DefinitionError(f"this pipeline has no step '{name}'", where=where, nearest=nearest(name, steps))
    if isinstance(feed, SourceRoot | LedgerRoot) and roots.get(feed.name) is not feed:
        raise DefinitionError(f"this pipeline has no root '{feed.name}'", where=where, nearest=nearest(feed.name, roots))


def check_spans(where: str, step: Step, steps: Steps) -> None:
    """Refuse a step that would not know of which span it is to read, or whose window is over what has no spans."""
    if step.graph == "training" and any(parameter.shape == "span" for parameter in step.component.inputs.values()):
        raise DefinitionError(f"{step.component.name} is of one span, but the step runs as of a date", where=where)
    for name, feed in step.feeds.items():
        graphs = {steps[upstream].graph for upstream in steps_of(feed)}
        if isinstance(feed, WindowRef):
            if "training" in graphs:
                raise DefinitionError(f"'{name}' is a window over a step that runs as of a date: it has no spans", where=where)
            continue
        rooted = isinstance(feed, SourceRoot) or (isinstance(feed, LedgerRoot) and feed.kind == "schema")
        if step.graph == "training" and (rooted or "data" in graphs):
            raise DefinitionError(
                f"'{name}' is of one span, but the step runs as of a date",
                where=where,
                fix=f"say which spans: {name}=window(…, '28 spans', until=pipeline.as_of)",
            )


def check_own_past(where: str, step: Step, steps: Steps) -> None:
    """Refuse a window over a kind that the step makes, or over what is made from that kind."""
    made = {output.type.kind for output in step.component.outputs.values()}
    for name, feed in step.feeds.items():
        if not isinstance(feed, WindowRef) or feed.until is not None:
            continue
        ref = feed.ref.ref if isinstance(feed.ref, Accepted) else feed.ref
        if own := made & {feed.made, *_kinds_above(steps[ref.step], steps)}:
            raise DefinitionError(
                f"'{name}' is a window of {feed.made}, {'which' if feed.made in own else f'made from {min(own)}, which'} the step makes "
                "itself; a step may not feed on its own past, or the answer would depend on the order of the backfill",
                where=where,
            )


def check_group(where: str, step: Step, steps: Steps) -> None:
    """Refuse a group whose steps cannot be one task: of two graphs, or with a step between them that is outside."""
    members = [one for one in steps.values() if one.group == step.group]
    if any(one.graph != step.graph for one in members):
        raise DefinitionError(
            f"the group '{step.group}' is of the {members[0].graph} graph, the step of the {step.graph} graph", where=where
        )
    names = {one.name for one in members}
    for upstream in step.upstream:
        if upstream not in names and names & set(_above(steps[upstream], steps)):
            raise DefinitionError(
                f"the group '{step.group}' would wait for itself: '{upstream}' lies between its steps", where=where,
                fix=f"put '{upstream}' into the group, or this step outside of it",
            )  # fmt: skip


def _shape(feed: object) -> str:
    """Return how many values a feed brings: one, a window, or a list (``sequence``)."""
    ref = feed.ref if isinstance(feed, Accepted | WindowRef) else feed
    ref = ref.ref if isinstance(ref, Accepted) else ref
    if isinstance(feed, SourceRoot) or (isinstance(ref, Ref) and ref.each):
        return "sequence"
    return "window" if isinstance(feed, WindowRef) else "one"


def _above(step: Step, steps: Steps) -> Iterator[str]:
    """Name every step that a step reads, directly or not; some of them more than once."""
    for name in step.upstream:
        yield name
        yield from _above(steps[name], steps)


def _kinds_above(step: Step, steps: Steps) -> set[str]:
    return {output.type.kind for name in _above(step, steps) for output in steps[name].component.outputs.values()}
