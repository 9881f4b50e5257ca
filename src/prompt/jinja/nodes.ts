import type { PythonValue } from "./values.js";

/** The parts of a parsed template. */
export type Expression =
  | { readonly kind: "const"; readonly value: PythonValue }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list" | "tuple" | "concat"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "attribute"; readonly object: Expression; readonly name: string }
  | { readonly kind: "item"; readonly object: Expression; readonly key: Expression }
  | {
      readonly kind: "slice";
      readonly object: Expression;
      /** Start, stop and step. */
      readonly bounds: readonly (Expression | undefined)[];
    }
  | { readonly kind: "call"; readonly callee: Expression; readonly given: GivenArguments }
  | { readonly kind: "filter"; readonly name: string; readonly operand: Expression; readonly given: GivenArguments }
  | { readonly kind: "test"; readonly name: string; readonly operand: Expression; readonly given: GivenArguments }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise?: Expression;
    }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not" | "negative" | "positive"; readonly operand: Expression }
  | {
      readonly kind: "arithmetic";
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "compare";
      readonly first: Expression;
      readonly rest: readonly { readonly operator: ComparisonOperator; readonly right: Expression }[];
    };

export type Arithmetic = "+" | "-" | "*" | "/" | "//" | "%" | "**";
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

/** Arguments as they are written: `(a, b=c, *d, **e)`. */
export interface GivenArguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  readonly rest?: Expression;
  readonly namedRest?: Expression;
}

/** What a value is assigned to. */
export type Target =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "namespace"; readonly object: string; readonly name: string }
  | { readonly kind: "tuple"; readonly items: readonly Target[] };

/** Parameters of a macro; the defaults belong to the last ones. */
export interface Signature {
  readonly names: readonly string[];
  readonly defaults: readonly Expression[];
}

/** A filter that is applied to the text of a block; `operand` of the innermost is that text. */
export type FilterChain = readonly { readonly name: string; readonly given: GivenArguments }[];

export type Body = readonly Statement[];

export type Statement =
  | { readonly kind: "data"; readonly text: string }
  | { readonly kind: "output"; readonly value: Expression }
  | { readonly kind: "set"; readonly target: Target; readonly value: Expression }
  | { readonly kind: "setBlock"; readonly target: Target; readonly filters: FilterChain; readonly body: Body }
  | { readonly kind: "if"; readonly test: Expression; readonly body: Body; readonly otherwise: Body }
  | {
      readonly kind: "for";
      readonly target: Target;
      readonly over: Expression;
      readonly test?: Expression;
      readonly recursive: boolean;
      readonly body: Body;
      readonly otherwise: Body;
    }
  | { readonly kind: "macro"; readonly name: string; readonly signature: Signature; readonly body: Body }
  | {
      readonly kind: "callBlock";
      readonly call: Expression & { readonly kind: "call" };
      readonly signature: Signature;
      readonly body: Body;
    }
  | { readonly kind: "filterBlock"; readonly filters: FilterChain; readonly body: Body }
  | { readonly kind: "with"; readonly targets: readonly (readonly [Target, Expression])[]; readonly body: Body }
  | { readonly kind: "scope"; readonly body: Body }
  | { readonly kind: "break" | "continue" };
