// Loads a whole model in a process of its own and asks two questions: prints the seconds of loading, for peak memory.
import { openModel, twoQuestions } from "./run-model.js";

const start = performance.now();
const model = await openModel({ llm: true, vision: true, adapter: true, dtype: "f32" });
const seconds = (performance.now() - start) / 1000;
await twoQuestions(model);
await model.dispose();
console.log(JSON.stringify({ seconds }));
