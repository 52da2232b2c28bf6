"""`python -m chot` is the command `chot`."""

from chot.cli.main import main

if __name__ == "__main__":
    main()
