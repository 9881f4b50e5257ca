import type { Dimension, Value } from "../../onnx/graph.js";
import type { GraphBuilder } from "../../onnx/graph-builder.js";
import { add, cast, layerNorm, matMul, mul, reshape, softmax, transpose } from "../../onnx/operators.js";
import { linear, weight } from "../graph-context.js";
import { towerTokens, type Tower } from "./vision-family.js";

/** Functions of a feed-forward part, by a family's names for them. */
export type Activations = Readonly<Record<string, (g: GraphBuilder, x: Value) => Value>>;

/** The number of rows that hold `each` vectors of every image. */
export const rowsOf = ({ batch }: Tower, each: number): Dimension => (batch === 1 ? each : `${batch} * ${each}`);

/** LayerNorm of every row by the weight and bias of module `name`. */
export function norm(tower: Tower, x: Value, name: string): Value {
  const { hiddenSize, epsilon } = tower.spec;
  const parameter = (part: string): Value => weight(tower, `${name}.${part}`, [hiddenSize]);
  return layerNorm(tower.g, x, parameter("weight"), parameter("bias"), epsilon);
}

/**
 * A layer of a vision transformer with its norms in front, (batch * tokens, hidden) to the same:
 * h = x + attention(norm1(x)), h + fc2(activation(fc1(norm2(h)))). Source: transformers, modeling_clip.py, CLIPEncoderLayer.
 */
export function encoderLayer(tower: Tower, hidden: Value, prefix: string, activations: Activations): Value {
  const { g, spec } = tower;
  const attended = add(g, hidden, attention(tower, norm(tower, hidden, `${prefix}layer_norm1`), prefix));
  const wide = dense(tower, norm(tower, attended, `${prefix}layer_norm2`), `${prefix}mlp.fc1`, spec.intermediateSize);
  const active = activations[spec.activation]!(g, wide);
  return add(g, attended, dense(tower, active, `${prefix}mlp.fc2`, spec.hiddenSize));
}

const dense = (tower: Tower, x: Value, name: string, outputs: number): Value =>
  linear(tower, x, { name: `${name}.weight`, outputs, bias: `${name}.bias` });

/**
 * softmax(q k^T / sqrt(headDim)) v per image and head, x (batch * tokens, hidden). Written out, because the WebGPU provider's fused
 * attention is wrong for more than 31 tokens on devices whose subgroups are small.
 */
function attention(tower: Tower, x: Value, prefix: string): Value {
  const { g, target, spec, batch } = tower;
  const { hiddenSize, heads } = spec;
  const tokens = towerTokens(spec);
  const headDim = hiddenSize / heads;
  const perHead = (name: string, perm: readonly number[]): Value => {
    const flat = dense(tower, x, `${prefix}self_attn.${name}_proj`, hiddenSize);
    return transpose(g, reshape(g, flat, [-1, tokens, heads, headDim], [batch, tokens, heads, headDim]), perm);
  };
  const scale = new Uint8Array(Float32Array.of(headDim ** -0.5).buffer);
  const scaling = cast(g, g.constant("attention_scale", "float32", [], scale), target.compute);
  const query = mul(g, perHead("q", [0, 2, 1, 3]), scaling);
  const weights = softmax(g, matMul(g, query, perHead("k", [0, 2, 3, 1])));
  const mixed = transpose(g, matMul(g, weights, perHead("v", [0, 2, 1, 3])), [0, 2, 1, 3]);
  const flat = reshape(g, mixed, [-1, hiddenSize], x.shape);
  return dense(tower, flat, `${prefix}self_attn.out_proj`, hiddenSize);
}
