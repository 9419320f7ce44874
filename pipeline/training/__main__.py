"""Make the weights of the text detector: `python -m pipeline.training COMMAND --help`."""

import argparse
import inspect
from collections.abc import Callable
from typing import Any

from pipeline.training.collect import collect
from pipeline.training.generate import write_dataset
from pipeline.training.train import evaluate, export, train
from pipeline.training.zoom import write_cuts

COMMANDS: dict[str, Callable[..., Any]] = {
    "collect": collect,
    "generate": write_dataset,
    "zoom": write_cuts,
    "train": train,
    "export": export,
    "evaluate": evaluate,
}


def parser() -> argparse.ArgumentParser:
    """Return a parser whose commands take the parameters of their functions.

    Parameters with a default become options.
    """
    whole = argparse.ArgumentParser(prog="python -m pipeline.training", description=__doc__)
    commands = whole.add_subparsers(required=True, dest="command")
    for name, function in COMMANDS.items():
        command = commands.add_parser(name, description=inspect.getdoc(function))
        for parameter in inspect.signature(function).parameters.values():
            flag = "--" + parameter.name.replace("_", "-")
            if parameter.default is inspect.Parameter.empty:
                command.add_argument(parameter.name, type=parameter.annotation)
            elif parameter.annotation is bool:
                command.add_argument(flag, action="store_true")
            else:
                command.add_argument(flag, type=parameter.annotation, default=parameter.default)
    return whole


def main() -> None:
    options = vars(parser().parse_args())
    print(COMMANDS[options.pop("command")](**options))


if __name__ == "__main__":
    main()
