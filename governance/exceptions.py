"""What can stop the scanner itself."""


class GovernanceError(Exception):
    """The scanner cannot do its work."""


class InvalidRules(GovernanceError):
    """The rules cannot be used; each line of the message names the file and the key."""


class InvalidPath(GovernanceError):
    """A path that was to be scanned is not there, or is not a whole tree."""
