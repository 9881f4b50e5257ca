/* Damage to JSON values, texts and bytes: what a stranger, a bad disk or a careless script makes of a good file. */

/** Numbers at the edges of what code expects. */
const NUMBERS = [
  ...[0, -1, 1, 2, 3, 7, 16, 255, 256, 65536, 1e6, 1e9, 0.5, -0.5, 1e-320, 1e300, -1e308],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 2 ** 63, NaN, Infinity, -Infinity],
];

const TEXTS = [
  ...[
    "",
    " ",
    "a",
    "0",
    "-1",
    "NaN",
    "null",
    "true",
    "\0",
    "\n",
    "\r\n",
    "\u001b[31m",
    "\ud800",
    "\ufeff",
    "é",
    "日本",
    "😀",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "length",
    "<image>",
    "<s>",
    "</s>",
    "<unk>",
    "<0x0A>",
    "<0xZZ>",
    "Ġ",
    "▁",
    "##",
  ],
  ...[
    "(a+)+$",
    "(.*)*x$",
    "[",
    "(",
    "\\",
    "\\p{L}+",
    "(?i:x)",
    "[[:alpha:]]",
    "(?<=a)",
    "*",
    "a{1000000}",
    "(?<n>a)\\k<n>",
  ],
  ...["../../secret", "/etc/passwd", "a/../b", "C:\\x", "x".repeat(300), "x".repeat(9000), "🙂".repeat(100)],
];

const SHAPES = [
  [],
  {},
  [[]],
  [null],
  [0],
  [""],
  { "": "" },
  { type: "x" },
  { content: "x" },
  { String: "a" },
  { Regex: "(" },
  { Regex: "" },
];

/** Values that are put in the place of others; text for `jsonText`, which alone can write depth and NaN. */
const DEEP = ["[", '{"a":', '{"type":"Sequence","normalizers":[', '{"text_config":'].flatMap((open) =>
  [50, 600, 20_000].map((depth) => {
    const close = [...open].reverse().flatMap((c) => (c === "[" ? ["]"] : c === "{" ? ["}"] : []));
    return open.repeat(depth) + (open.endsWith(":") ? "1" : "") + close.join("").repeat(depth);
  }),
);
const DEEP_MARK = /"@deep(\d+)@"/g;

export function anyValue(random) {
  return random.way(
    () => random.pick(NUMBERS),
    () => random.pick(TEXTS),
    () => structuredClone(random.pick(SHAPES)),
    () => random.pick([null, true, false]),
    () => (random.chance(0.2) ? `@deep${random.below(DEEP.length)}@` : random.pick(NUMBERS)),
  );
}

/** JSON as Python would write it: NaN and Infinity as such, which JSON.stringify makes null. */
export function jsonText(value) {
  const names = { NaN: "NaN", Infinity: "Infinity", "-Infinity": "-Infinity" };
  const marked = JSON.stringify(value, (_, each) =>
    typeof each === "number" && !Number.isFinite(each) ? `@${each}@` : each,
  );
  return (marked ?? "")
    .replace(/"@(NaN|-?Infinity)@"/g, (_, name) => names[name])
    .replace(DEEP_MARK, (_, at) => DEEP[Number(at)]);
}

/** A JSON value with one to three of its parts changed. */
export function mutateJson(random, value) {
  let root = structuredClone(value);
  for (let times = random.pick([1, 1, 1, 2, 3]); times > 0; times--) {
    const place = findPlace(random, root);
    if (place === undefined) root = random.chance(0.1) ? anyValue(random) : root;
    else change(random, root, place);
  }
  return root;
}

/** A random part: its holder and its key. Every level is as likely as the next, so that long lists do not take all. */
function findPlace(random, root) {
  let place;
  for (let node = root; typeof node === "object" && node !== null; node = place.holder[place.key]) {
    const keys = Array.isArray(node) ? node.length : Object.keys(node);
    const count = Array.isArray(node) ? keys : keys.length;
    if (count === 0 || (place !== undefined && random.chance(0.25))) break;
    const at = random.below(count);
    place = { holder: node, key: Array.isArray(node) ? at : keys[at] };
  }
  return place;
}

function change(random, root, { holder, key }) {
  const old = holder[key];
  random.way(
    () => set(holder, key, anyValue(random)),
    () => set(holder, key, anyValue(random)),
    () => set(holder, key, near(random, old)),
    () => set(holder, key, near(random, old)),
    () => (Array.isArray(holder) ? holder.splice(key, 1) : delete holder[key]),
    () => set(holder, random.pick(["__proto__", "constructor", "", "type", "0"]), anyValue(random)),
    () => {
      const other = findPlace(random, root);
      if (other !== undefined) set(holder, key, structuredClone(other.holder[other.key]));
    },
  );
}

/** A key such as `__proto__` is an ordinary one in JSON. */
function set(holder, key, value) {
  if (Array.isArray(holder)) holder[Number(key) || 0] = value;
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A value like the old one. */
function near(random, old) {
  if (typeof old === "number") {
    return random.pick([old + 1, old - 1, -old, old * 2, old / 2, old * 1e6, old + 0.5, String(old), [old]]);
  }
  if (typeof old === "string") {
    return random.pick([
      `${old}x`,
      old.slice(1),
      "",
      old + old,
      old.toUpperCase(),
      ` ${old}`,
      `${old}\0`,
      [old],
      { content: old },
      old.repeat(50),
    ]);
  }
  if (typeof old === "boolean") return random.pick([!old, null, String(old), Number(old)]);
  if (Array.isArray(old)) {
    return random.pick([
      [...old, ...old.slice(0, 3)],
      old.slice(0, random.below(old.length + 1)),
      [...old].reverse(),
      [old],
      { ...old.slice(0, 5) },
      old[0] ?? null,
    ]);
  }
  if (old !== null && typeof old === "object")
    return random.pick([Object.values(old), [old], {}, Object.keys(old), JSON.stringify(old).slice(0, 200)]);
  return anyValue(random);
}

/** Text that was cut, doubled, damaged or edited by hand. */
export function mutateText(random, text) {
  const at = random.below(text.length + 1);
  const put = (inserted) => text.slice(0, at) + inserted + text.slice(at);
  return random.way(
    () => text.slice(0, at),
    () =>
      put(
        random.pick([
          '"',
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\\",
          "\0",
          "1",
          "-",
          "e",
          "null",
          "\ufeff",
          "NaN",
          "//",
          "'",
          "\t",
          "\r",
        ]),
      ),
    () => text.slice(0, at) + text.slice(at + 1 + random.below(8)),
    () => put(text.slice(at, at + random.below(200))),
    () => `\ufeff${text}`,
    () => text.replace(/"[^"]{1,20}":/, (key) => `${key}1,${key}`),
    () => text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(7))) + text.slice(at + 1),
    () =>
      text.replace(/\d+/g, (digits) =>
        random.chance(0.05) ? random.pick(["-0", "1e400", "9007199254740993", "00", "0x10"]) : digits,
      ),
    () => text.replaceAll("\n", random.pick(["\r\n", "\r", "\n\n", "\0\n"])),
  );
}

/** Either the text of changed JSON or changed text. */
export const mutateJsonText = (random, text) =>
  random.chance(0.2) ? mutateText(random, text) : jsonText(mutateJson(random, JSON.parse(text)));

/** The same for one line of a file of JSON lines, or for the lines themselves. */
export function mutateLines(random, text) {
  const lines = text.trimEnd().split("\n");
  const at = random.below(lines.length);
  random.way(
    () => (lines[at] = mutateJsonText(random, lines[at])),
    () => (lines[at] = mutateJsonText(random, lines[at])),
    () => lines.splice(at, 1),
    () => lines.splice(at, 0, random.pick(["", "{}", "null", "[]", "5", '"x"', "\ufeff", "\0".repeat(50), lines[0]])),
    () => lines.splice(at, lines.length, lines[at].slice(0, random.below(lines[at].length + 1))),
  );
  return lines.join("\n") + random.pick(["\n", "\n", "", "\n\n"]);
}

/** Bytes with some of them changed; with `sameLength` none is added or taken away. */
export function mutateBytes(random, bytes, { sameLength = false, from = 0 } = {}) {
  let changed = Buffer.from(bytes);
  for (let times = 1 + random.below(4); times > 0 && changed.length > from; times--) {
    const at = from + random.below(changed.length - from);
    const rest = changed.length - at;
    const ways = [
      () => (changed[at] ^= 1 << random.below(8)),
      () => (changed[at] = random.below(256)),
      () => rest >= 4 && changed.writeUInt32LE(random.pick([0, 1, 0xffffffff, 0x7fffffff, 0x80000000, 0x10000]), at),
      () =>
        rest >= 8 &&
        changed.writeBigUInt64LE(random.pick([0n, 1n, 2n ** 31n, 2n ** 40n, 2n ** 63n, 2n ** 64n - 1n]), at),
      () => changed.copy(changed, at, random.below(changed.length), changed.length),
      () => changed.fill(random.pick([0, 0xff, 0x41]), at, at + Math.min(rest, random.below(32))),
    ];
    const longer = [
      () => (changed = changed.subarray(0, at)),
      () =>
        (changed = Buffer.concat([
          changed.subarray(0, at),
          Buffer.from(random.many(1 + random.below(9), () => random.below(256))),
          changed.subarray(at),
        ])),
      () => (changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + 1 + random.below(16))])),
    ];
    random.way(...ways, ...(sameLength ? [] : longer));
  }
  return changed;
}
