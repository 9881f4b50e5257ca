import { Refusal } from "./python-error.js";

/**
 * The moment at which every template is rendered, so that a question makes the same prompt whenever it is asked: midnight
 * of the day that Llama 3.1's template falls back to.
 */
const MOMENT: Readonly<Record<string, string>> = {
  "%": "%",
  a: "Fri",
  A: "Friday",
  b: "Jul",
  B: "July",
  c: "Fri Jul 26 00:00:00 2024",
  d: "26",
  D: "07/26/24",
  e: "26",
  F: "2024-07-26",
  f: "000000",
  G: "2024",
  H: "00",
  h: "Jul",
  I: "12",
  j: "208",
  m: "07",
  M: "00",
  p: "AM",
  R: "00:00",
  S: "00",
  T: "00:00:00",
  u: "5",
  U: "29",
  V: "30",
  w: "5",
  W: "30",
  x: "07/26/24",
  X: "00:00:00",
  y: "24",
  Y: "2024",
  z: "",
  Z: "",
  // Without the zero or space in front.
  "-d": "26",
  "-H": "0",
  "-I": "12",
  "-j": "208",
  "-m": "7",
  "-M": "0",
  "-S": "0",
};

/** Python's `datetime.strftime` of that moment. */
export function formatTime(format: string): string {
  return format.replace(/%(-?[^])?/gu, (whole, code?: string) => {
    if (code !== undefined && Object.hasOwn(MOMENT, code)) return MOMENT[code]!;
    throw new Refusal(`strftime_now does not know ${whole}`);
  });
}
