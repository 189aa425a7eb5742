"""Delivered Parquet files, read once with their page checksums before anything else reads them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import Refusal


def check_parquet(path: Path) -> None:
    """Read every page of a Parquet file, one column of one row group at a time; Refusal for a damaged file.

    Pages that were written with a checksum are held against it (the footer has none: a manifest.json covers it).
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            rows = 0
            for group in range(file.num_row_groups):
                expected = file.metadata.row_group(group).num_rows
                rows += expected
                for column in range(file.metadata.num_columns):
                    name = file.schema.column(column).path
                    if file.read_row_group(group, columns=[name]).num_rows != expected:
                        raise ValueError(f"column {name} has other rows than its group")
            if rows != file.metadata.num_rows:
                raise ValueError("the groups have other rows than the file")
    except (pa.ArrowException, OSError, ValueError, KeyError, IndexError, OverflowError, MemoryError) as error:
        said = str(error).split("\n")[0]
        raise Refusal(f"is damaged ({said})", place=str(path), remedy="deliver the file again") from None
