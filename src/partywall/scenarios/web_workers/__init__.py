"""Web workers: what fails when a request makes native code of one worker segfault."""

__all__: list[str] = []
