"""`make bench`."""

from benchmarks.chain import main

main()
