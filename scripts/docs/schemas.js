// The JSON Schema (draft 2020-12) of what each command prints with --json, from the type that its run() returns. The compiler says what a
// type is made of, so nothing is written down twice.
import { readdirSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import ts from "typescript";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** What a command prints with --json in place of its result when it fails. */
const ERROR = {
  $schema: DIALECT,
  title: "langbridge COMMAND --json, after an error",
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: { name: { type: "string" }, message: { type: "string" } },
      required: ["name", "message"],
      additionalProperties: false,
    },
  },
  required: ["error"],
  additionalProperties: false,
};

/** Types that contain themselves have no end. */
const MAX_DEPTH = 30;

/** Every schema by its path below the root: `docs/schemas/eval-merge.json`. */
export function commandSchemas(root) {
  const files = readdirSync(join(root, "commands"), { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(root, "commands", name))
    .sort();
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(files, { ...options, noEmit: true, incremental: false, tsBuildInfoFile: undefined });
  const checker = program.getTypeChecker();
  const schemas = files.flatMap((file) => {
    const result = resultOf(program.getSourceFile(file), checker);
    if (result === undefined) return [];
    const id = idOf(relative(join(root, "commands"), file));
    const schema = {
      $schema: DIALECT,
      title: `langbridge ${id.replaceAll("-", " ")} --json`,
      ...toSchema(result, checker),
    };
    return [[`docs/schemas/${id}.json`, schema]];
  });
  return Object.fromEntries([...schemas, ["docs/schemas/error.json", ERROR]]);
}

/** `eval/merge.ts` is "eval-merge", `eval/index.ts` "eval". */
const idOf = (path) =>
  path
    .split(sep)
    .map((part) => basename(part, ".ts"))
    .filter((part) => part !== "index")
    .join("-");

/** What run() of the file's command gives; undefined where it gives nothing. */
function resultOf(source, checker) {
  const [command] = checker.getExportsOfModule(checker.getSymbolAtLocation(source));
  const run = checker.getTypeOfSymbol(checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(command), "run"));
  const type = checker.getAwaitedType(run.getCallSignatures()[0].getReturnType());
  return type.flags & ts.TypeFlags.Void ? undefined : type;
}

function toSchema(type, checker, depth = 0) {
  if (depth > MAX_DEPTH) throw new Error(`${checker.typeToString(type)}: is nested deeper than ${MAX_DEPTH}`);
  const inner = (each) => toSchema(each, checker, depth + 1);
  const { flags } = type;
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
  if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
  if (flags & ts.TypeFlags.StringLike) return { type: "string" };
  if (flags & ts.TypeFlags.NumberLike) return { type: "number" };
  if (flags & ts.TypeFlags.BooleanLiteral) return { const: checker.typeToString(type) === "true" };
  if (flags & ts.TypeFlags.Boolean) return { type: "boolean" };
  if (flags & ts.TypeFlags.Null) return { type: "null" };
  if (type.isUnion()) return unionSchema(type.types, inner);
  if (checker.isTupleType(type)) return tupleSchema(checker.getTypeArguments(type), inner);
  if (checker.isArrayType(type)) return { type: "array", items: inner(checker.getTypeArguments(type)[0]) };
  if (flags & ts.TypeFlags.NonPrimitive) return { type: "object" };
  if (type.getCallSignatures().length > 0) throw new Error(`${checker.typeToString(type)}: JSON holds no functions`);
  return objectSchema(type, checker, inner);
}

function unionSchema(types, inner) {
  const schemas = types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined)).map(inner);
  const isBoolean = (schema) => typeof schema.const === "boolean";
  const others = schemas.filter((schema) => !isBoolean(schema));
  const booleans = schemas.length - others.length;
  const all = booleans === 2 ? [...others, { type: "boolean" }] : schemas;
  if (all.length === 1) return all[0];
  if (all.every((schema) => "const" in schema)) return { enum: all.map((schema) => schema.const) };
  return { anyOf: all };
}

const tupleSchema = (types, inner) => ({
  type: "array",
  prefixItems: types.map(inner),
  minItems: types.length,
  items: false,
});

function objectSchema(type, checker, inner) {
  const properties = {};
  const required = [];
  for (const symbol of checker.getPropertiesOfType(type)) {
    const value = checker.getTypeOfSymbol(symbol);
    const description = ts.displayPartsToString(symbol.getDocumentationComment(checker)).replaceAll("\n", " ");
    properties[symbol.name] = { ...(description !== "" && { description }), ...inner(value) };
    // JSON leaves out what is undefined.
    if (!(symbol.flags & ts.SymbolFlags.Optional) && !mayBeUndefined(value)) required.push(symbol.name);
  }
  const [index] = checker.getIndexInfosOfType(type);
  const additionalProperties = index === undefined ? false : inner(index.type);
  return { type: "object", properties, ...(required.length > 0 && { required }), additionalProperties };
}

const mayBeUndefined = (type) =>
  (type.flags & ts.TypeFlags.Undefined) !== 0 || (type.isUnion() && type.types.some(mayBeUndefined));
