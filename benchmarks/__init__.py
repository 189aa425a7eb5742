"""How fast, as ratios beside peers measured in the same run. `make bench` runs all; results are kept in results/."""
