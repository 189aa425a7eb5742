"""Signals for banks that outgrow one machine: Spark reads, filters and shuffles; the same kernels answer."""
