import { z } from "zod";
import type { Progress } from "../progress.js";

/** A schema of options that refuses names that are none; the compiler refuses a shape that leaves one out or has one too many. */
export const optionsOf =
  <Options extends object>() =>
  <Shape extends Readonly<Record<keyof Options, z.ZodType>>>(
    shape: Shape & Readonly<Record<Exclude<keyof Shape, keyof Options>, never>>,
  ) =>
    z.strictObject(shape);

/** A whole number from 1. */
export const countOption = z.int().min(1);

/** A path or a name; who opens it says what is wrong with one. */
export const textOption = z.string();

export const flagOption = z.boolean().optional();

export const callbackOption = <Call>() =>
  z.custom<Call>((value) => typeof value === "function", "expected a function").optional();

/** What long work takes: an end, and who is told. */
export const workOptions = {
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, "expected an AbortSignal").optional(),
  onProgress: callbackOption<Progress>(),
};

/** One of the keys of a table. */
export const keyOption = (table: Readonly<Record<string, unknown>>) =>
  z.enum(Object.keys(table) as [string, ...string[]]);
