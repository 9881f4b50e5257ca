interface KnownContent {
  /** What such files begin with; bytes as the characters of the same number. */
  readonly starts?: readonly string[];
  readonly matches?: (text: string) => boolean;
  readonly what: string;
}

/** What is often found in the place of another file, by how it begins. */
const KNOWN: readonly KnownContent[] = [
  {
    matches: (text) => /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)/i.test(text),
    what: "a web page; the page of a file is not the file, fetch it with hf download",
  },
  {
    matches: (text) => /^\s*<(?:\?xml|Error>)/.test(text),
    what: "XML, perhaps the error of a server; fetch the file anew",
  },
  { starts: ["GGUF"], what: "a GGUF file; name it .gguf" },
  { matches: (text) => text.slice(7, 10) === '\0{"', what: "a safetensors file; name it .safetensors" },
  { starts: ["PK\x03\x04"], what: "a zip archive; unpack it, or name it .bin where torch.save wrote it" },
  { starts: ["\x1f\x8b"], what: "a gzip archive; unpack it" },
  { starts: ["\x28\xb5\x2f\xfd", "\xfd7zXZ", "BZh", "7z\xbc\xaf", "Rar!"], what: "a packed archive; unpack it" },
  { starts: ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"], what: "a Python pickle; save it anew with torch.save" },
  { starts: ["\x89HDF"], what: "an HDF5 file, such as Keras writes; convert it to safetensors" },
  { starts: ["lmgg", "tjgg", "algg", "fmgg"], what: "a file of llama.cpp from before GGUF; convert it to GGUF" },
  { starts: ["\x89PNG", "\xff\xd8\xff", "GIF8", "RIFF"], what: "a picture" },
  { starts: ["%PDF-"], what: "a PDF document" },
];

/** Bytes from the start of a file that are enough to tell. */
export const START_BYTES = 64;

/**
 * What a file seems to be that is not what its name says, and what to do with it, as the end of an error; empty where that is
 * not known.
 */
export function contentHint(start: Uint8Array): string {
  const text = Buffer.from(start.subarray(0, START_BYTES)).toString("latin1");
  const found = KNOWN.find(
    ({ starts = [], matches }) => starts.some((each) => text.startsWith(each)) || matches?.(text),
  );
  return found === undefined ? "" : `; it is ${found.what}`;
}
