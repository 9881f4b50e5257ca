import type { AsyncBuffer, ColumnMetaData } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { InputError } from "../errors.js";

/** Most values of a column of a row group: pyarrow begins a new group after 1,048,576 rows, and lists hold some ten values a row. */
const MAX_GROUP_VALUES = 16_777_216;
/** Bytes read to find the header of a page, at first; those with statistics of long texts take more, up to the second number. */
const [HEADER_BYTES, MAX_HEADER_BYTES] = [4096, 2 ** 20];

/**
 * Walks the headers of the pages of a column, and checks what they claim against the footer, before anything is decoded: a run of one value
 * takes five bytes however often it claims to be repeated, and texts that share a beginning can grow without bound.
 *
 * @throws InputError for pages that hold more values than the column, that reach beyond it, or whose encoding has no bound
 */
export async function checkPages(file: AsyncBuffer, column: ColumnMetaData, path: string): Promise<void> {
  const name = column.path_in_schema.join(".");
  const values = Number(column.num_values);
  const first = Number(column.dictionary_page_offset || column.data_page_offset);
  const end = first + Number(column.total_compressed_size);
  const refuse = (claim: string): InputError =>
    new InputError(`${path}: column "${name}" ${claim}; the file is damaged or hostile, fetch it again`);
  if (!(values >= 0 && values <= MAX_GROUP_VALUES)) {
    throw refuse(`claims ${values} values in a row group, at most ${MAX_GROUP_VALUES} are read`);
  }
  let counted = 0;
  for (let at = first; at < end && counted < values;) {
    const { header, length } = await readHeader(file, at, end);
    const { compressed_page_size: stored, dictionary_page_header: dictionary } = header;
    const page = header.data_page_header ?? header.data_page_header_v2;
    const claimed = page?.num_values ?? dictionary?.num_values ?? 0;
    if (!(stored >= 0 && at + length + stored <= end)) {
      throw refuse(`holds a page of ${stored} bytes, but ends ${end - at - length} bytes behind its header`);
    }
    const nulls = header.data_page_header_v2?.num_nulls ?? 0;
    if (!(claimed >= 0 && claimed <= values && nulls >= 0 && nulls <= claimed)) {
      throw refuse(`has ${values} values, and a page of it claims ${claimed}, ${nulls} of them empty`);
    }
    if (page?.encoding === "DELTA_BYTE_ARRAY") {
      throw new InputError(
        `${path}: column "${name}" is encoded as DELTA_BYTE_ARRAY, whose texts can grow without bound; write it as pyarrow does by default`,
      );
    }
    counted += page === undefined ? 0 : claimed;
    if (counted > values) throw refuse(`has ${values} values, and its pages claim ${counted} and more`);
    at += length + stored;
  }
}

/** The header of the page at a place, and how many bytes it takes. */
async function readHeader(
  file: AsyncBuffer,
  at: number,
  end: number,
): Promise<{ readonly header: ReturnType<typeof parquetHeader>; readonly length: number }> {
  for (let size = HEADER_BYTES; ; size *= 16) {
    const view = new DataView(await file.slice(at, Math.min(end, at + size)));
    const reader = { view, offset: 0 };
    try {
      return { header: parquetHeader(reader), length: reader.offset };
    } catch (error) {
      if (size >= MAX_HEADER_BYTES || at + size >= end) throw error;
    }
  }
}
