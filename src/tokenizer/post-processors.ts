import { z } from "zod";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import { anyOf, component, sequence, type Build } from "./component.js";

/** Ids that stand around every single text, such as BOS. */
export interface Surroundings {
  readonly front: readonly number[];
  readonly back: readonly number[];
}

const NOTHING: Surroundings = { front: [], back: [] };

/** Reads what a post-processor puts around a text. Source: the crate `tokenizers`, src/processors. */
export const buildPostProcessor: Build<Surroundings> = (config, place) => anyOf(POST_PROCESSORS)(config, place);

const tokenAndId = z.tuple([z.string(), z.int().nonnegative()]);
const bert = component(z.looseObject({ cls: tokenAndId, sep: tokenAndId }), ({ cls, sep }): Surroundings => ({
  front: [cls[1]],
  back: [sep[1]],
}));

const POST_PROCESSORS: Readonly<Record<string, Build<Surroundings>>> = {
  ByteLevel: component(z.looseObject({}), () => NOTHING),
  BertProcessing: bert,
  RobertaProcessing: bert,
  TemplateProcessing: template,
  Sequence: sequence("processors", buildPostProcessor, (around) =>
    around.reduce(
      (inner, outer) => ({ front: [...outer.front, ...inner.front], back: [...inner.back, ...outer.back] }),
      NOTHING,
    ),
  ),
};

const sequencePiece = z.looseObject({ Sequence: z.looseObject({ id: z.enum(["A", "B"]) }) });
const specialPiece = z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }) });
const templateFields = z.looseObject({
  single: z.array(z.union([sequencePiece, specialPiece])),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(z.int().nonnegative()) })),
});

const isText = (piece: z.infer<typeof sequencePiece> | z.infer<typeof specialPiece>): boolean => "Sequence" in piece;

/** Pieces around "A", the text. */
function template(config: unknown, { path, key }: Parameters<Build<Surroundings>>[1]): Surroundings {
  const { single, special_tokens } = checkJson(templateFields, config, `${path}: "${key}"`);
  const at = single.findIndex(isText);
  if (at < 0 || single.findLastIndex(isText) !== at) {
    throw new InputError(`${path}: "${key}.single" holds the text ${at < 0 ? "not at all" : "twice"}, expected once`);
  }
  const idsOf = (pieces: typeof single): number[] =>
    pieces.flatMap((piece) => {
      const { id } = (piece as z.infer<typeof specialPiece>).SpecialToken;
      if (Object.hasOwn(special_tokens, id)) return special_tokens[id]!.ids;
      throw new InputError(
        `${path}: "${key}.single" has the token ${JSON.stringify(id)}, which its special_tokens lack`,
      );
    });
  return { front: idsOf(single.slice(0, at)), back: idsOf(single.slice(at + 1)) };
}
