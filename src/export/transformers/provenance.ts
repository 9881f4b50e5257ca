import type { Checkpoint } from "../../checkpoint/checkpoint.js";
import { hashModel } from "../../checkpoint/hash-model.js";
import { hashMatrix } from "../../adapter/hash-matrix.js";
import { folderName } from "../../checkpoint/hub-cache.js";
import type { LlavaParts } from "./llava-parts.js";

/** What an exported folder records about where it came from; keys are those of the file. */
export interface ExportProvenance {
  readonly tool_version: string;
  readonly adapter: FolderIdentity & {
    /** Of the vocabulary matrix, whole. */
    readonly matrix_sha256?: string;
    /** What the adapter's own config.json says of the transfer that made it. */
    readonly transfer?: object;
  };
  readonly llm: FolderIdentity;
  readonly vision: FolderIdentity;
}

interface FolderIdentity {
  readonly name: string;
  /** SHA-256 of its settings files and of a sample of every tensor; see `hashModel`. */
  readonly identity: string;
}

export async function provenanceOf(
  { adapter, llm, tower }: Pick<LlavaParts, "adapter" | "llm" | "tower">,
  toolVersion: string,
): Promise<ExportProvenance> {
  const { "vocabulary matrix": matrix } = await hashMatrix(adapter);
  const identity = async (checkpoint: Checkpoint, name = folderName(checkpoint.folder)): Promise<FolderIdentity> => ({
    name,
    identity: await hashModel(checkpoint),
  });
  return {
    tool_version: toolVersion,
    adapter: {
      ...(await identity(adapter.checkpoint)),
      ...(matrix !== undefined && { matrix_sha256: matrix }),
      ...(adapter.config.langbridge && { transfer: adapter.config.langbridge }),
    },
    llm: await identity(llm.checkpoint, llm.name),
    vision: await identity(tower.checkpoint),
  };
}

/** The same in short, for the header of a weight file. */
export function fileMetadata({ tool_version, adapter, llm, vision }: ExportProvenance): Record<string, string> {
  return {
    ...{ format: "pt", tool: `langbridge ${tool_version}` },
    ...{ adapter: adapter.identity, llm: llm.identity, vision: vision.identity },
  };
}
