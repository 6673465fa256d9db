"""`python -m mitsua_data` is `mitsua`."""

from mitsua_data.cli.main import main

main()
