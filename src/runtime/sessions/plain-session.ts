import { createSession, describeSessionError, loadOnnxruntime, type Session } from "./onnxruntime.js";
import type { FloatTensor, Numbers, NumberTensor, OpenRequest } from "./protocol.js";

/** onnxruntime's name for what an array holds. */
function elementType(data: Numbers): "float32" | "float64" | "int32" | "int64" {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  return data instanceof Int32Array ? "int32" : "int64";
}

/** A model that keeps nothing between runs: float32 in and out, except for products in float64 and exported models. */
export class PlainSession {
  private constructor(
    private readonly session: Session,
    private readonly request: OpenRequest,
  ) {}

  static async open(request: OpenRequest): Promise<PlainSession> {
    return new PlainSession(await createSession(request.model, request), request);
  }

  /** Every output of the model for these inputs. */
  async run(inputs: Readonly<Record<string, NumberTensor>>): Promise<Record<string, FloatTensor>> {
    const { Tensor } = await loadOnnxruntime();
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        // The type is known at run time only, which the overloads of Tensor do not take.
        new Tensor(elementType(data) as "float32", data as Float32Array, shape),
      ]),
    );
    try {
      const outputs = await this.session.run(feeds);
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { data, dims }]) => [name, { data: data as Float32Array, shape: dims }]),
      );
    } catch (error) {
      throw describeSessionError(error, this.request.device);
    }
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
