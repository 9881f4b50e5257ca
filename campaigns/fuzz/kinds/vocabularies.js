import { join } from "node:path";
import { inspectFolder } from "../../../dist/src/inspect/inspect.js";
import { inspectText } from "../../../dist/src/inspect/inspect-report.js";
import { planSummary } from "../../../dist/src/transfer/plan/plan-summary.js";
import { planTransfer } from "../../../dist/src/transfer/plan/plan-transfer.js";
import { planTable } from "../../../dist/src/transfer/report/transfer-table.js";
import { linkFolder, readText, WORLD, write } from "../files.js";
import { mutateJsonText, mutateText } from "../mutate.js";

const PAPER = join(WORLD, "adapters", "llama2", "paper-0");
const TUNED = join(WORLD, "tuned", "llava-qwen2");
const WEIGHTS = [
  "",
  "\t1",
  "\t0.5",
  "\t-1",
  "\tNaN",
  "\t1e308",
  "\t1e400",
  "\t",
  "\t0",
  "\tx",
  "\t1\t2",
  "\t0x10",
  "\t1e-320",
];

/** The lists that name the tokens of rows, and the files by which a user decides rows. */
export function makeVocabularies(folder) {
  const named = linkFolder(PAPER, join(folder, "named"), { except: ["mm_vocab.json"] });
  const written = linkFolder(TUNED, join(folder, "written"), { except: ["vocabulary.json"] });
  const [vocabulary, counts] = [
    readText(TUNED, "vocabulary.json"),
    readText(WORLD, "adapters", "llama2", "counts.json"),
  ];
  const tokens = Object.keys(JSON.parse(readText(PAPER, "mm_vocab.json")));
  const lists = [
    readText(PAPER, "mm_vocab.json"),
    JSON.stringify(tokens),
    JSON.stringify(tokens.map((token) => ({ token }))),
    counts,
  ];
  const target = join(WORLD, "qwen2");
  const plan = async (options) => planTable(planSummary(await planTransfer({ target, align: "none", ...options })));
  return (random) =>
    random.way(
      async () => {
        write(join(named, "mm_vocab.json"), mutateJsonText(random, random.pick(lists)));
        inspectText(await inspectFolder(named));
        await plan({ adapter: named, ...(random.chance(0.3) && { source: join(WORLD, "llama2") }) });
      },
      async () => {
        write(join(written, "vocabulary.json"), mutateJsonText(random, vocabulary));
        inspectText(await inspectFolder(written));
      },
      async () => {
        const vocabularyFile = join(folder, "list.json");
        write(vocabularyFile, mutateJsonText(random, random.pick(lists)));
        await plan({ adapter: PAPER, vocabularyFile });
      },
      async () => {
        const line = () =>
          JSON.stringify(random.pick([...tokens.slice(0, 50), "zzz", "", "\0"])) +
          random.pick(["\t", "\t", " ", ""]) +
          JSON.stringify(random.pick(["red", "Ġred", "zzz", ""])) +
          random.pick(WEIGHTS);
        const text = random.many(1 + random.below(8), line).join(random.pick(["\n", "\r\n", "\r"]));
        const mappingFile = join(folder, "mapping.tsv");
        write(mappingFile, random.chance(0.3) ? mutateText(random, text) : text);
        await plan({ adapter: PAPER, mappingFile });
      },
    );
}
