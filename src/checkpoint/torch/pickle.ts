import { PickleReader } from "./pickle-reader.js";

/**
 * What a pickle may hold here. Lists and tuples are arrays, every kind of dict is a Map; `PickleObject`s are what the
 * host made of globals, calls and persistent ids.
 */
export type PickleValue = null | boolean | number | bigint | string | PickleValue[] | PickleDict | PickleObject;
export type PickleDict = Map<PickleValue, PickleValue>;

/** Opaque to the machine. */
export interface PickleObject {
  readonly kind: string;
}

/** Bytes and sets of Python, which hold no tensors. */
const OPAQUE: PickleObject = { kind: "value" };

/** Decides what names and calls in a pickle mean; it throws at everything that it does not know. */
export interface PickleHost {
  /** The meaning of a Python global such as `collections.OrderedDict`. */
  global(name: string): PickleObject;
  call(callee: PickleValue, args: readonly PickleValue[]): PickleValue;
  /** The meaning of an object that is stored outside the pickle. */
  persistent(id: PickleValue): PickleObject;
}

/**
 * Most memory that the values of a pickle may take, in bytes, by the costs below. 90,000 tensors (DeepSeek-V3) take some 120 MB;
 * one byte of a pickle can make an empty dict, which takes 200.
 */
const MAX_PICKLE_MEMORY = 2 ** 28;

/** Bytes of what a pickle makes, as V8 holds it, rounded up: of any value on the stack, and more of some. */
const COST = { slot: 16, mark: 64, list: 48, item: 8, dict: 216, entry: 48, text: 40, other: 64 } as const;

/**
 * Runs the pickle in `bytes` up to its STOP; `path` only names it in errors.
 *
 * @throws InputError, and what the host throws
 */
export function readPickle(bytes: Uint8Array, host: PickleHost, path: string): PickleValue {
  return new PickleMachine(new PickleReader(bytes, path), host).run();
}

const STOP = 0x2e;

/** A stack, the stacks set aside by MARK, and the values put away for later use. */
class PickleMachine {
  private stack: PickleValue[] = [];
  private readonly marked: PickleValue[][] = [];
  private readonly memo = new Map<number, PickleValue>();
  private memory = 0;

  constructor(
    readonly reader: PickleReader,
    readonly host: PickleHost,
  ) {}

  run(): PickleValue {
    for (let opcode = this.reader.uint8(); opcode !== STOP; opcode = this.reader.uint8()) {
      const operation = OPERATIONS.get(opcode);
      if (operation === undefined)
        throw this.reader.error(`uses the opcode 0x${opcode.toString(16)}, which no file of tensors needs`);
      operation(this);
    }
    return this.pop();
  }

  /** Puts a value there that stood on the stack or in the memo before. */
  push(value: PickleValue): void {
    this.spend(COST.slot);
    this.stack.push(value);
  }

  /** Puts a value there that did not exist before. */
  make(value: PickleValue): void {
    this.spend(costOf(value));
    this.push(value);
  }

  private spend(bytes: number): void {
    this.memory += bytes;
    if (this.memory > MAX_PICKLE_MEMORY) {
      throw this.reader.error(`makes values of more than ${MAX_PICKLE_MEMORY} bytes, which no file of tensors needs`);
    }
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw this.reader.error("takes more from its stack than it put there");
    return value;
  }

  popMany(count: number): PickleValue[] {
    if (this.stack.length < count) throw this.reader.error("takes more from its stack than it put there");
    return this.stack.splice(-count);
  }

  mark(): void {
    this.spend(COST.mark);
    this.marked.push(this.stack);
    this.stack = [];
  }

  /** All values since the last mark. */
  popMark(): PickleValue[] {
    const values = this.stack;
    const below = this.marked.pop();
    if (below === undefined) throw this.reader.error("goes back to a mark that it did not set");
    this.stack = below;
    return values;
  }

  memoize(key = this.memo.size): void {
    const value = this.pop();
    this.spend(COST.entry);
    this.memo.set(key, value);
    this.push(value);
  }

  recall(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) throw this.reader.error(`asks for the memo ${key}, which it did not set`);
    this.push(value);
  }

  append(values: readonly PickleValue[]): void {
    const list = this.pop();
    if (!Array.isArray(list)) throw this.reader.error("appends to what is no list");
    for (const value of values) list.push(value);
    this.push(list);
  }

  setItems(keysAndValues: readonly PickleValue[]): void {
    const dict = this.pop();
    if (!(dict instanceof Map) || keysAndValues.length % 2 !== 0)
      throw this.reader.error("sets items of what is no dict");
    this.spend((keysAndValues.length / 2) * COST.entry);
    for (let i = 0; i < keysAndValues.length; i += 2) dict.set(keysAndValues[i]!, keysAndValues[i + 1]!);
    this.push(dict);
  }

  /** Passes over bytes. */
  skipped(length: number): void {
    this.reader.skip(length);
    this.make(OPAQUE);
  }

  frozenSet(): void {
    this.popMark();
    this.make(OPAQUE);
  }

  /** A set stays what it is, whatever it holds. */
  addItems(): void {
    this.popMark();
    if (this.stack.at(-1) !== OPAQUE) throw this.reader.error("adds items to what is no set");
  }

  stackGlobal(): void {
    const [module, name] = this.popMany(2);
    if (typeof module !== "string" || typeof name !== "string") throw this.reader.error("names a global without text");
    this.make(this.host.global(`${module}.${name}`));
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!Array.isArray(args)) throw this.reader.error("calls something without a tuple of arguments");
    this.make(this.host.call(callee, args));
  }

  /** torch puts `_metadata` on state dicts that way; a dict's attributes say nothing about its tensors. */
  build(): void {
    this.pop();
    const target = this.pop();
    if (!(target instanceof Map)) throw this.reader.error("sets the attributes of what is no dict");
    this.push(target);
  }
}

function costOf(value: PickleValue): number {
  if (typeof value === "string") return COST.text + 2 * value.length;
  if (Array.isArray(value)) return COST.list + COST.item * value.length;
  if (value instanceof Map) return COST.dict + COST.entry * value.size;
  return typeof value === "object" || typeof value === "bigint" ? COST.other : 0;
}

/**
 * What each opcode does; one that is missing is refused. It is the subset that `torch.load(weights_only=True)` runs,
 * and what protocols 3 and 4 have in their place. Source: CPython, Lib/pickletools.py.
 */
const OPERATIONS: ReadonlyMap<number, (machine: PickleMachine) => void> = new Map([
  [0x80 /* PROTO */, (m: PickleMachine) => void m.reader.skip(1)],
  [0x95 /* FRAME */, (m: PickleMachine) => void m.reader.skip(8)],
  [0x28 /* MARK */, (m) => m.mark()],
  [0x4e /* NONE */, (m) => m.make(null)],
  [0x88 /* NEWTRUE */, (m) => m.make(true)],
  [0x89 /* NEWFALSE */, (m) => m.make(false)],
  [0x4a /* BININT */, (m) => m.make(m.reader.int32())],
  [0x4b /* BININT1 */, (m) => m.make(m.reader.uint8())],
  [0x4d /* BININT2 */, (m) => m.make(m.reader.uint16())],
  [0x8a /* LONG1 */, (m) => m.make(m.reader.long(m.reader.uint8()))],
  [0x47 /* BINFLOAT */, (m) => m.make(m.reader.float64())],
  [0x58 /* BINUNICODE */, (m) => m.make(m.reader.text(m.reader.uint32()))],
  [0x8c /* SHORT_BINUNICODE */, (m) => m.make(m.reader.text(m.reader.uint8()))],
  [0x55 /* SHORT_BINSTRING */, (m) => m.make(m.reader.text(m.reader.uint8()))],
  [0x42 /* BINBYTES */, (m) => m.skipped(m.reader.uint32())],
  [0x43 /* SHORT_BINBYTES */, (m) => m.skipped(m.reader.uint8())],
  [0x8f /* EMPTY_SET */, (m) => m.make(OPAQUE)],
  [0x90 /* ADDITEMS */, (m) => m.addItems()],
  [0x91 /* FROZENSET */, (m) => m.frozenSet()],
  [0x29 /* EMPTY_TUPLE */, (m) => m.make([])],
  [0x85 /* TUPLE1 */, (m) => m.make(m.popMany(1))],
  [0x86 /* TUPLE2 */, (m) => m.make(m.popMany(2))],
  [0x87 /* TUPLE3 */, (m) => m.make(m.popMany(3))],
  [0x74 /* TUPLE */, (m) => m.make(m.popMark())],
  [0x5d /* EMPTY_LIST */, (m) => m.make([])],
  [0x61 /* APPEND */, (m) => m.append(m.popMany(1))],
  [0x65 /* APPENDS */, (m) => m.append(m.popMark())],
  [0x7d /* EMPTY_DICT */, (m) => m.make(new Map())],
  [0x73 /* SETITEM */, (m) => m.setItems(m.popMany(2))],
  [0x75 /* SETITEMS */, (m) => m.setItems(m.popMark())],
  [0x71 /* BINPUT */, (m) => m.memoize(m.reader.uint8())],
  [0x72 /* LONG_BINPUT */, (m) => m.memoize(m.reader.uint32())],
  [0x94 /* MEMOIZE */, (m) => m.memoize()],
  [0x68 /* BINGET */, (m) => m.recall(m.reader.uint8())],
  [0x6a /* LONG_BINGET */, (m) => m.recall(m.reader.uint32())],
  [0x63 /* GLOBAL */, (m) => m.make(m.host.global(`${m.reader.line()}.${m.reader.line()}`))],
  [0x93 /* STACK_GLOBAL */, (m) => m.stackGlobal()],
  [0x51 /* BINPERSID */, (m) => m.make(m.host.persistent(m.pop()))],
  [0x52 /* REDUCE */, (m) => m.reduce()],
  [0x62 /* BUILD */, (m) => m.build()],
] satisfies readonly (readonly [number, (machine: PickleMachine) => void])[]);
