import { createSession, describeSessionError, loadOnnxruntime, type Session } from "../onnxruntime.js";
import type { FloatTensor, NumberTensor, OpenRequest } from "./protocol.js";

/** A model without memory: float32 in, float32 out, but for products in float64. */
export class PlainSession {
  private constructor(
    private readonly session: Session,
    private readonly request: OpenRequest,
  ) {}

  static async open(request: OpenRequest): Promise<PlainSession> {
    return new PlainSession(await createSession(request.model, request), request);
  }

  /** Every output of the model for these inputs. */
  async run(
    inputs: Readonly<Record<string, NumberTensor<Float32Array | Float64Array>>>,
  ): Promise<Record<string, FloatTensor>> {
    const { Tensor } = await loadOnnxruntime();
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        data instanceof Float64Array ? new Tensor("float64", data, shape) : new Tensor("float32", data, shape),
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
