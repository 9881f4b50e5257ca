import type { Graph } from "../../onnx/graph.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import type { Rounding } from "./stored-weights.js";
import type { RunModel, Tensors } from "./check-model.js";

/** A model that is going to be written, and how the written one is checked. */
export interface PlannedModel {
  /** Of the file, without its ending. */
  readonly name: string;
  /** Its weights are `StoredTensor`s. */
  readonly graph: Graph;
  /** Where it comes from, besides what all models of an export say. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly check: PlannedCheck;
}

export interface PlannedCheck {
  /** What the model is given, in words. */
  readonly sample: string;
  readonly rounding: Rounding;
  /** Runs the written model for the sample. */
  readonly written: (run: RunModel) => Promise<Tensors>;
  /** The outputs of the parts in place for the same input; all of these are compared. */
  readonly reference: (client: WorkerClient) => Promise<Tensors>;
}

/** All that is written: models, and what goes beside them. */
export interface OnnxPlan {
  readonly models: readonly PlannedModel[];
  readonly remarks: readonly string[];
  /** Writes the other files into the output folder; returns what may surprise, one line each. */
  readonly writeBeside: (output: string) => Promise<readonly string[]>;
}
