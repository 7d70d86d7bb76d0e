"""Model cards of candidates: what each was, what it learned from, how it did, and why it was chosen or not."""

from collections.abc import Mapping

from components.artifacts.choice import Choice


def candidate_card(choice: Choice, position: int) -> Mapping[str, str]:
    """Return the card of one trial of a choice, texts by name (after Mitchell et al. 2019, Model cards for model reporting).

    Examples
    --------
    >>> from components.artifacts.choice import Candidate, Proposal, Trial
    >>> trials = [Trial(Proposal(Candidate(name, "sklearn.svm.SVC")), {"log_loss": loss}, 900) for name, loss in (("a", 0.5), ("b", 0.4))]
    >>> card = candidate_card(Choice(tuple(trials), 1, "best log_loss"), 0)
    >>> card["decision"]
    'not chosen: log_loss 0.5, of b 0.4'
    """
    trial = choice.trials[position]
    candidate, window = trial.candidate, trial.proposal.window
    newest = "all spans" if window.spans is None else f"the newest {window.spans} spans"
    learned = f"{newest}{f', ending {window.stale} spans early' if window.stale else ''}"
    rounds = f", {trial.iterations} rounds by early stopping" if trial.iterations is not None else ""
    begun = f"from the champion on {trial.n_warm} folds, from nothing on others" if trial.n_warm else "from nothing on every fold"
    return {
        "estimator": candidate.estimator,
        "parameters": ", ".join(f"{name} {value}" for name, value in sorted(candidate.parameters.items())) or "those of the library",
        "calibration": candidate.calibration,
        **({"warm start": begun} if candidate.warm_start else {}),
        "learned from": f"{learned}{f', {trial.proposal.share:.0%} of the rows' if trial.proposal.share < 1 else ''}; {trial.fit_rows:,} rows{rounds}",
        "on the validation folds": _figures(trial.metrics) or "no fold has rows to train on and rows to validate on",
        "decision": f"chosen: {choice.reason}" if position == choice.chosen else _declined(choice, position),
    }


def card_text(name: str, card: Mapping[str, str]) -> str:
    """Return a card as Markdown, as MLflow shows it beside a run."""
    return "\n".join([f"**{name}**", "", *(f"- {title}: {text}" for title, text in card.items())])


def _figures(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in sorted(metrics.items()))


def _declined(choice: Choice, position: int) -> str:
    """Say why a trial was not chosen: by the figures that it and the chosen one have."""
    ours, theirs = choice.trials[position].metrics, choice.trial.metrics
    told = [
        f"{name} {value:.4g}, of {choice.trial.proposal.name} {theirs[name]:.4g}" for name, value in sorted(ours.items()) if name in theirs
    ]
    return f"not chosen: {'; '.join(told) or 'it has no figures to compare'}"
