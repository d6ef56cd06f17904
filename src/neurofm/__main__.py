"""`python -m neurofm` is the command line."""

from neurofm.cli import main

if __name__ == "__main__":
    main()
