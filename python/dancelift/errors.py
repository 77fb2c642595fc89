"""What dancelift raises: every error derives from DanceliftError, those about input are ValueErrors too."""


class DanceliftError(Exception):
    """Base of every error that dancelift raises."""


class InputError(DanceliftError, ValueError):
    """Input that cannot be used; the message names the value and what was expected."""


class SolverError(DanceliftError, RuntimeError):
    """The optimisation could not produce a finite result."""


class DanceliftWarning(UserWarning):
    """Input that is doubtful but can be lifted; the message says what was assumed."""
