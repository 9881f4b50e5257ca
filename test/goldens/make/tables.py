"""Makes test/goldens/tables.json: tables and what pandas.read_table makes of them, as LLaVA's model_vqa_mmbench.py reads MMBench.

The tables are some of those that `npm run oracles -- tables` makes in bulk; oracles/python/tables_side.py says what the fields are. A row with
more or fewer fields than the header this tool takes for a truncated file.

Made with pandas 3.1.1. Run: python tables.py
"""

import json
import pathlib
import random
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "tables.json"
sys.path.append(str(OUT.parent.parent.parent / "oracles" / "python"))
from tables_side import entry

TABLES = 120

entries = [entry(random.Random(seed)) for seed in range(TABLES)]
OUT.write_text("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in entries) + "\n]\n")
