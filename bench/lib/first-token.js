// Loads an LLM in a process of its own and answers one token; prints the seconds since the process began, and the processor's.
//
//     node first-token.js LLM CACHE_FOLDER [DTYPE]
import { loadModel } from "../../dist/src/index.js";
import { openModelFiles } from "../../dist/src/model/llm/llm-folder.js";
import { loadEncoder } from "../../dist/src/tokenizer/encoder.js";
import { PROMPT, reportFirstToken, THREADS } from "./first-token-prompt.js";

const [llm, cacheFolder, dtype] = process.argv.slice(2);
const encoder = await loadEncoder(await openModelFiles(llm));
const model = await loadModel({ llm, cacheFolder, dtype, threads: THREADS });
const prompt = [...encoder.front, ...encoder.encode(PROMPT)];
const { tokens } = await model.llm.generate({ embeddings: model.llm.embed(prompt), maxTokens: 1 });
reportFirstToken(encoder.decode(tokens));
await model.dispose();
