import { exactDecimal, roundDecimal } from "./decimal.js";
import { PythonError, Refusal, typeError } from "./python-error.js";
import { numberOf } from "./number-values.js";
import { calculate } from "./python-operators.js";
import { countOf } from "./points.js";
import { Undefined, typeOf, type PythonValue } from "./values.js";

/** Digits behind or in front of the point that a template may round to. */
const MAX_PLACES = 400;

/** The filter `round`: half to even, up or down. */
export function roundNumber(
  value: PythonValue,
  [precision = 0n, method = "common"]: readonly (PythonValue | undefined)[],
): PythonValue {
  if (method !== "common" && method !== "ceil" && method !== "floor") {
    throw new PythonError("FilterArgumentError", "method must be common, ceil or floor");
  }
  if (method === "common") return roundHalfEven(value, precision);
  const scale = calculate("**", 10n, precision);
  const scaled = numberOf(calculate("*", value, scale));
  if (scaled === undefined) throw typeError(`must be real number, not ${typeOf(value)}`);
  const whole =
    typeof scaled === "bigint" ? scaled : wholeOf(method === "ceil" ? Math.ceil(scaled) : Math.floor(scaled));
  return calculate("/", whole, scale);
}

function wholeOf(float: number): bigint {
  if (Number.isFinite(float)) return BigInt(float);
  throw new PythonError("OverflowError", "cannot convert float infinity or NaN to integer");
}

/** Python's `round(value, precision)`. */
function roundHalfEven(value: PythonValue, precision: PythonValue): PythonValue {
  const number = numberOf(value);
  if (number === undefined) {
    // Only what has no __round__ is refused before the precision is looked at.
    if (value instanceof Undefined) throw typeError("type Undefined doesn't define __round__ method");
    throw typeError(`type ${typeOf(value)} doesn't define __round__ method`);
  }
  const places = precision === null ? 0 : countOf(precision);
  if (Math.abs(places) > MAX_PLACES) throw new Refusal(`rounding to more than ${MAX_PLACES} digits is not supported`);
  if (typeof number === "bigint") return roundInt(number, places);
  if (!Number.isFinite(number)) return precision === null ? wholeOf(number) : number;
  const { digits, exponent } = roundDecimal(exactDecimal(number), -places);
  const negative = number < 0 || Object.is(number, -0);
  if (precision === null) return negative ? -digits : digits;
  const rounded = Number(`${digits}e${exponent}`);
  return negative ? -rounded : rounded;
}

function roundInt(int: bigint, places: number): bigint {
  if (places >= 0) return int;
  const { digits } = roundDecimal({ digits: int < 0n ? -int : int, exponent: 0 }, -places);
  const rounded = digits * 10n ** BigInt(-places);
  return int < 0n ? -rounded : rounded;
}
