import type { Metadata, Sharp, SharpOptions } from "sharp";
import { UnavailableError } from "../errors.js";

export type { Metadata, Sharp };

export type OpenImage = (bytes: Uint8Array, options: SharpOptions) => Sharp;

/**
 * Loads sharp.
 *
 * @throws UnavailableError when it is not installed or does not run here
 */
export async function loadSharp(name: string): Promise<OpenImage> {
  try {
    return (await import("sharp")).default;
  } catch (error) {
    throw new UnavailableError(
      `${name}: needs the package sharp, which cannot be loaded (${firstLine(error)}); add it with: npm install sharp`,
      { cause: error },
    );
  }
}

export const firstLine = (error: unknown): string => String((error as Error).message).split("\n", 1)[0]!;
