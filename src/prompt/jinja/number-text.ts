import { exactDecimal, fixedDigits, leadingDigits } from "./decimal.js";
import { Refusal } from "./python-error.js";

/** Digits behind the point that a template may ask for. */
const MAX_PLACES = 400;

/** A float without its sign, written as the conversions e, f and g of C write it. */
export function floatDigits(
  float: number,
  conversion: string,
  { precision = 6, alternate = false }: { readonly precision?: number | undefined; readonly alternate?: boolean } = {},
): string {
  if (precision > MAX_PLACES) throw new Refusal(`a number with more than ${MAX_PLACES} digits is not supported`);
  const kind = conversion.toLowerCase();
  let text: string;
  if (!Number.isFinite(float)) text = Number.isNaN(float) ? "nan" : "inf";
  else if (kind === "f") text = withPoint(fixedDigits(exactDecimal(float), precision), alternate);
  else if (kind === "e") text = withExponent(float, precision, alternate);
  else text = general(float, precision === 0 ? 1 : precision, alternate);
  return conversion === kind ? text : text.toUpperCase();
}

const withPoint = (digits: string, alternate: boolean): string =>
  alternate && !digits.includes(".") ? `${digits}.` : digits;

function withExponent(float: number, precision: number, alternate: boolean): string {
  const { digits, power } = leadingDigits(exactDecimal(float), precision + 1);
  return join(digits[0]! + (precision > 0 ? `.${digits.slice(1)}` : ""), power, alternate);
}

const join = (mantissa: string, power: number, alternate: boolean): string =>
  `${withPoint(mantissa, alternate)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;

/** With an exponent where it is large or small for the precision, zeros at the end left out. */
function general(float: number, precision: number, alternate: boolean): string {
  const { digits, power } = leadingDigits(exactDecimal(float), precision);
  const trim = (text: string): string => (alternate || !text.includes(".") ? text : text.replace(/\.?0+$/, ""));
  if (power < -4 || power >= precision) {
    const mantissa = digits[0]! + (digits.length > 1 ? `.${digits.slice(1)}` : "");
    return join(trim(mantissa), power, alternate);
  }
  return trim(withPoint(fixedDigits(exactDecimal(float), precision - 1 - power), alternate));
}

/** Digits of an int without its sign, in the base of a conversion (b, o, x, X, else ten); `prefix` as in 0x1f. */
export function intDigits(int: bigint, conversion: string, prefix: boolean): string {
  const base = { b: 2, o: 8, x: 16, X: 16 }[conversion] ?? 10;
  const digits = (int < 0n ? -int : int).toString(base);
  return (prefix && base !== 10 ? `0${conversion}` : "") + (conversion === "X" ? digits.toUpperCase() : digits);
}
