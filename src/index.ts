export { InputError, InterruptedError, LangbridgeError, UnavailableError } from "./errors.js";
export type { Dtype, FloatDtype } from "./tensor/dtype.js";
export type { TensorInfo } from "./tensor/tensor-info.js";
