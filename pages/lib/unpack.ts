/** The data of a block of the page: gzipped JSON as base64. */
export async function unpack<Data>(block: Element): Promise<Data> {
  const bytes = Uint8Array.from(atob(block.textContent ?? ""), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Data;
}
