"""Makes test/goldens/parquet/: small benchmarks as parquet in the columns of lmms-lab's data sets, beside the same as official files.

Made with Python 3.11, pyarrow 26.0.1, Pillow. Run from anywhere: python parquet_benchmarks.py
Each benchmark: `hub/`, the files as in the repository of the Hub, written in row groups of three rows as `datasets` writes pictures
(a structure of bytes and path) with the compression that its name says, and `official/`, the files of LLaVA's layout with the same
questions, without pictures. Test: both load to the same prompts, and the same answers have the same scores. Exact: no tolerance.
"""

import csv
import io
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = Path(__file__).parent.parent / "parquet"
SHORT = "Answer the question using a single word or phrase."
PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def picture(number):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (number * 40 % 256, number * 90 % 256, 128)).save(out, "PNG")
    return {"bytes": out.getvalue(), "path": f"{number}.png"}


def write(path, columns, compression="snappy"):
    path = OUT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: pa.array(values, PICTURE) if name == "image" else pa.array(values) for name, values in columns.items()}
    pq.write_table(pa.table(arrays), path, row_group_size=3, compression=compression)


def lines(path, rows):
    path = OUT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def whole(path, value):
    path = OUT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n")


def pope():
    things = ["dog", "cup", "tree", "car"]
    rows = [(split, i, f"Is there a {things[i]} in the image?", "yes" if (i + j) % 2 else "no")
            for j, split in enumerate(["adversarial", "random", "popular"]) for i in range(4)]
    write("pope/hub/data/test-00000-of-00001.parquet", {
        "id": [str(n) for n in range(12)], "question_id": [str(i + 1) for _, i, _, _ in rows],
        "question": [q for _, _, q, _ in rows], "answer": [a for *_, a in rows],
        "image_source": [f"COCO_{i // 2}" for _, i, _, _ in rows], "image": [picture(i // 2) for _, i, _, _ in rows],
        "category": [split for split, *_ in rows]})
    lines("pope/official/llava_pope_test.jsonl", [
        {"question_id": n, "image": f"COCO_{i // 2}.jpg", "text": f"{q}\n{SHORT}", "category": split}
        for n, (split, i, q, _) in enumerate(rows)])
    for split in ["adversarial", "random", "popular"]:
        lines(f"pope/official/coco/coco_pope_{split}.json", [
            {"question_id": i + 1, "image": f"COCO_{i // 2}.jpg", "text": q, "label": a} for s, i, q, a in rows if s == split])


def gqa():
    rows = [("q1", "n1", "Is it overcast?", "no", "verify", "global", "weather"),
            ("q2", "n1", "What color is the bus?", "red", "query", "attr", "color"),
            ("q3", "n2", "Who wears the hat?", "woman", "query", "rel", None),
            ("q4", "n2", "Is the cup left or right?", "left", "choose", "rel", "side")]
    semantic = [{"operation": "select", "argument": "bus (1)", "dependencies": []},
                {"operation": "query", "argument": "color", "dependencies": [0]}]
    write("gqa/hub/testdev_balanced_instructions/testdev-00000-of-00001.parquet", {
        "id": [r[0] for r in rows], "imageId": [r[1] for r in rows], "question": [r[2] for r in rows], "isBalanced": [True] * 4,
        "groups": [{"global": r[6], "local": f"l-{r[0]}"} for r in rows],
        "types": [{"structural": r[4], "semantic": r[5], "detailed": "x"} for r in rows],
        "semantic": [semantic] * 4, "semanticStr": ["select"] * 4, "answer": [r[3] for r in rows], "fullAnswer": ["x"] * 4}, "zstd")
    write("gqa/hub/testdev_balanced_images/testdev-00000-of-00001.parquet", {"id": ["n1", "n2"], "image": [picture(1), picture(2)]})
    lines("gqa/official/llava_gqa_testdev_balanced.jsonl", [
        {"question_id": r[0], "image": f"{r[1]}.jpg", "text": f"{r[2]}\n{SHORT}"} for r in rows])
    whole("gqa/official/testdev_balanced_questions.json", {
        r[0]: {"question": r[2], "answer": r[3], "types": {"structural": r[4], "semantic": r[5]}, "semantic": semantic,
               "groups": {"global": r[6]}} for r in rows})


def textvqa():
    rows = [("a1", "What is the brand of this camera?", ["nikon"] * 7 + ["Nikon d40", "dakota", "canon"], ["NIKON", "D40"]),
            ("a1", "what does the small text say?", ["copenhagen"] * 10, ["NIKON", "D40"]),
            ("b2", "Who is the author?", ["5", "five"] * 5, [])]
    write("textvqa/hub/data/validation-00000-of-00001.parquet", {
        "image_id": [r[0] for r in rows], "question_id": [34602, 34603, 34604], "question": [r[1] for r in rows],
        "image": [picture(ord(r[0][0])) for r in rows], "answers": [r[2] for r in rows],
        "ocr_tokens": pa.array([r[3] for r in rows], pa.list_(pa.string())), "set_name": ["val"] * 3}, "gzip")
    lines("textvqa/official/llava_textvqa_val_v051_ocr.jsonl", [
        {"question_id": r[0], "image": f"{r[0]}.jpg", "text": f"{r[1]}\nReference OCR token: {', '.join(r[3])}\n{SHORT}"} for r in rows])
    whole("textvqa/official/TextVQA_0.5.1_val.json", {"data": [
        {"image_id": r[0], "question": r[1], "answers": r[2]} for r in rows]})


def mme():
    rows = [("existence/1.png", "Is there a dog?", "Yes"), ("existence/1.png", "Is there a cat?", "No"),
            ("count/2.jpg", "Are there two cups?", "Yes"), ("count/2.jpg", "Are there five cups?", "No")]
    ask = "Please answer yes or no."
    write("mme/hub/data/test-00000-of-00001.parquet", {
        "question_id": [r[0] for r in rows], "image": [picture(int(r[0][-5])) for r in rows],
        "question": [f"{r[1]} {ask}" for r in rows], "answer": [r[2] for r in rows], "category": [r[0].split("/")[0] for r in rows]})
    lines("mme/official/llava_mme.jsonl", [
        {"question_id": r[0], "image": r[0], "text": f"{r[1]}\n{SHORT}", "category": r[0].split("/")[0]} for r in rows])
    for name in ["existence/1", "count/2"]:
        path = OUT / f"mme/official/MME_Benchmark_release_version/{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{q} {ask}\t{a}\n" for i, q, a in rows if i.startswith(name)))


def mmbench():
    table = [(1, "What is it?", "A hint.", "A", ["a dog", "a cat", None, None], "object"),
             (2, "Which side?", None, "C", ["left", "right", "top", None], "place"),
             (1000001, "What is it?", "A hint.", "B", ["a cat", "a dog", None, None], "object"),
             (1000002, "Which side?", None, "A", ["top", "left", "right", None], "place")]
    letter = lambda k: [r[4][k] for r in table]
    write("mmbench/hub/en/dev-00000-of-00001.parquet", {
        "index": [r[0] for r in table], "question": [r[1] for r in table], "hint": [r[2] or "nan" for r in table],
        "answer": [r[3] for r in table], "A": letter(0), "B": letter(1), "C": [v or "nan" for v in letter(2)],
        "D": ["nan"] * 4, "category": [r[5] for r in table], "image": [picture(r[0] % 10) for r in table],
        "source": ["x"] * 4, "L2-category": ["y"] * 4, "comment": ["nan"] * 4, "split": ["dev"] * 4})
    path = OUT / "mmbench/official/mmbench_dev_20230712.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["index", "question", "hint", "A", "B", "C", "D", "answer", "category", "image"])
        for index, question, hint, answer, options, category in table:
            writer.writerow([index, question, hint, *options, answer, category, f"cGljdHVyZSBvZiBzb21ldGhpbmcg{index % 10}AA="])


def scienceqa():
    rows = [("Which figure of speech?", ["chiasmus", "apostrophe"], 1, "", None),
            ("What could be tested?", ["the lid", "the wind", "the bowl"], 0, "People can use a process.", 3)]
    write("scienceqa/hub/ScienceQA-FULL/test-00000-of-00001.parquet", {
        "image": [None if r[4] is None else picture(r[4]) for r in rows], "question": [r[0] for r in rows],
        "choices": [r[1] for r in rows], "answer": pa.array([r[2] for r in rows], pa.int8()), "hint": [r[3] for r in rows],
        "task": ["closed choice"] * 2, "grade": ["grade8"] * 2, "subject": ["natural science"] * 2})
    text = lambda r: (f"Context: {r[3]}\n" if r[3] else "") + r[0] + "\n" + "\n".join(f"{'ABC'[i]}. {c}" for i, c in enumerate(r[1]))
    whole("scienceqa/official/llava_test_CQM-A.json", [
        {"id": str(n), **({} if r[4] is None else {"image": f"{n}/image.png"}),
         "conversations": [{"from": "human", "value": ("" if r[4] is None else "<image>\n") + text(r)}]} for n, r in enumerate(rows)])
    whole("scienceqa/official/problems.json", {str(n): {"choices": r[1], "answer": r[2]} for n, r in enumerate(rows)})
    whole("scienceqa/official/pid_splits.json", {"test": ["0", "1"]})


def mmvet():
    write("mmvet/hub/data/test-00000-of-00001.parquet", {
        "question_id": ["v1_0", "v1_1"], "image": [picture(1), picture(2)], "question": ["What is x?", "Who is it?"],
        "answer": ["-1", "a man"], "image_source": ["a", "b"], "capability": ["ocr,math", "rec"]})
    lines("mmvet/official/llava-mm-vet.jsonl", [
        {"question_id": 0, "image": "v1_0.png", "text": "What is x?", "category": "conv"},
        {"question_id": 1, "image": "v1_1.png", "text": "Who is it?", "category": "conv"}])


shutil.rmtree(OUT, ignore_errors=True)
for make in [pope, gqa, textvqa, mme, mmbench, scienceqa, mmvet]:
    make()
