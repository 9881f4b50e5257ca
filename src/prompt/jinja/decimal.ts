/** A decimal number: `digits` times ten to the power of `exponent`. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Exactly what a finite float, its sign left out, stands for. */
export function exactDecimal(float: number): Decimal {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(float));
  const bits = view.getBigUint64(0);
  const power = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = power === 0 ? fraction : fraction | 0x10000000000000n;
  const twos = (power === 0 ? 1 : power) - 1075;
  return twos >= 0
    ? { digits: mantissa << BigInt(twos), exponent: 0 }
    : { digits: mantissa * 5n ** BigInt(-twos), exponent: twos };
}

/** Rounds to whole multiples of ten to the power of `exponent`; of two that are as near the even one counts. */
export function roundDecimal(decimal: Decimal, exponent: number): Decimal {
  if (exponent <= decimal.exponent) {
    return { digits: decimal.digits * 10n ** BigInt(decimal.exponent - exponent), exponent };
  }
  const unit = 10n ** BigInt(exponent - decimal.exponent);
  const [whole, rest] = [decimal.digits / unit, (decimal.digits % unit) * 2n];
  const up = rest > unit || (rest === unit && whole % 2n === 1n);
  return { digits: up ? whole + 1n : whole, exponent };
}

/** Digits with `places` of them behind the point. */
export function fixedDigits(decimal: Decimal, places: number): string {
  const digits = roundDecimal(decimal, -places)
    .digits.toString()
    .padStart(places + 1, "0");
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** `count` digits, and the power of ten of the first. */
export function leadingDigits(decimal: Decimal, count: number): { readonly digits: string; readonly power: number } {
  if (decimal.digits === 0n) return { digits: "0".repeat(count), power: 0 };
  const power = decimal.digits.toString().length - 1 + decimal.exponent;
  const digits = roundDecimal(decimal, power - count + 1).digits.toString();
  // 9.99 becomes 10.0.
  return digits.length > count ? { digits: digits.slice(0, count), power: power + 1 } : { digits, power };
}
