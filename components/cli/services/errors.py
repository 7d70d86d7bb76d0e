"""The error of a service that cannot start, answer or stop."""

from components.runtime.errors import PipelineError


class ServiceError(PipelineError):
    """A local server failed; the message is one sentence that names the server and what to do."""
