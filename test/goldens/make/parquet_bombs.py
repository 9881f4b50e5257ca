"""Makes test/goldens/parquet-bombs/: small files that are sound parquet and grow when they are read.

Made with Python 3.11, pyarrow 26.0.1. Run from anywhere: python parquet_bombs.py
`group`: 9,990,000 empty rows in one row group. `rows`: 600,000 of them. `delta`: texts that share a beginning of a million letters, which
DELTA_BYTE_ARRAY stores once. The test expects a line of error and bounded memory.
"""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).parent.parent / "parquet-bombs"
COLUMNS = ["id", "question_id", "answer", "image_source", "category"]


def write(name, table, **options):
    path = OUT / name / "data/test-00000-of-00001.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", **options)


shutil.rmtree(OUT, ignore_errors=True)
for name, count in [("group", 9_990_000), ("rows", 600_000)]:
    table = pa.table({"question": pa.nulls(count, pa.string())})
    write(name, table, row_group_size=count, data_page_size=2**26, write_batch_size=count)
texts = pa.table({
    "question": ["a" * 1_000_000 + str(n) for n in range(20)],
    **{column: ["x"] * 20 for column in COLUMNS},
    "image": pa.nulls(20, pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
})
write("delta", texts, use_dictionary=COLUMNS, column_encoding={"question": "DELTA_BYTE_ARRAY"}, write_statistics=False)
