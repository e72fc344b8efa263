"""`python -m burgrave` is the same as `burgrave`."""

from burgrave.cli.main import main

if __name__ == "__main__":
    main()
