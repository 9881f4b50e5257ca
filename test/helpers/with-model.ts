import { loadModel, type LoadModelOptions, type Model } from "../../src/runtime/parts/load-model.js";

/** Loads a model on one thread, uses it, and ends it whatever happens. */
export async function withModel<T>(options: LoadModelOptions, use: (model: Model) => Promise<T>): Promise<T> {
  const model = await loadModel({ threads: 1, ...options });
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}
