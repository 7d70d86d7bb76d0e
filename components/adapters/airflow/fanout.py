"""What a mapped step is mapped over, and what each of its items is called."""

from components.runtime.feeds import EachOf, Ref, Step


def mapped_over(step: Step) -> tuple[object, ...] | Ref | None:
    """Return the plain values of a step's fan-out, or the list that another step returns; None for a step without one."""
    fan = step.feeds.get(step.mapped, step.config.get(step.mapped)) if step.mapped else None
    return fan.over if isinstance(fan, EachOf) else None


def shown(item: object) -> str:
    """Return what to call an item: its name, the beginning of its digest, or itself.

    >>> shown(2), shown({"digest": "0123456789ab", "n_rows": 3}), shown({"digest": "0123456789ab", "name": "boosting"})
    ('2', '01234567', 'boosting')
    """
    return str(item.get("name") or item["digest"][:8]) if isinstance(item, dict) else str(getattr(item, "name", item))
