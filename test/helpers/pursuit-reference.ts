/*
 * Sparse decoding by its definition, in float64 and by other means than the graph under test: cosines one by one, and
 * non-negative least squares by coordinate descent.
 */

export interface PursuitTables {
  /** (rows, source width) and (rows, target width), row-major. */
  readonly source: Float32Array;
  readonly target: Float32Array;
  readonly rows: number;
  readonly k: number;
  /** How many of the first rows count in full; all when left out. */
  readonly words?: number;
}

export interface Pursued {
  /** (k) in the order of choice. */
  readonly tokens: readonly number[];
  /** (target width). */
  readonly embedding: readonly number[];
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const length = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

function unit(a: ArrayLike<number>): number[] {
  const size = length(a);
  return Array.from(a, (x) => x / size);
}

/** Coordinate descent is slow and sure: so many sweeps leave nothing that float32 could see. */
const SWEEPS = 500;

/** What sparse decoding makes of each vector (source width). */
export function pursuitReference(vectors: readonly Float32Array[], tables: PursuitTables): Pursued[] {
  const width = tables.source.length / tables.rows;
  const atoms = Array.from({ length: tables.rows }, (_, i) => unit(row(tables.source, i, width)));
  return vectors.map((vector) => pursueOne(vector, atoms, tables));
}

const row = (table: Float32Array, index: number, columns: number): Float32Array =>
  table.subarray(index * columns, (index + 1) * columns);

function pursueOne(
  vector: Float32Array,
  atoms: readonly number[][],
  { source, target, rows, k, words = Infinity }: PursuitTables,
): Pursued {
  const [width, targetWidth] = [source.length / rows, target.length / rows];
  const wanted = unit(vector);
  const tokens: number[] = [];
  let weights: number[] = [];
  let rest = wanted;
  for (let step = 0; step < k; step++) {
    const scores = atoms.map((atom, i) => (tokens.includes(i) ? -Infinity : rankWeight(i, words) * dot(atom, rest)));
    tokens.push(scores.indexOf(Math.max(...scores)));
    const chosen = tokens.map((token) => atoms[token]!);
    weights = nonNegative(chosen, wanted);
    rest = wanted.map((x, i) => x - chosen.reduce((sum, atom, j) => sum + weights[j]! * atom[i]!, 0));
  }
  const raw = tokens.map((token, j) => weights[j]! / length(row(source, token, width)));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const embedding = Array.from({ length: targetWidth }, (_, column) =>
    tokens.reduce((sum, token, j) => sum + (raw[j]! / total) * target[token * targetWidth + column]!, 0),
  );
  return { tokens, embedding };
}

const rankWeight = (rank: number, words: number): number => (rank < 2 * words ? 1 / (1 + (rank / words) ** 4) : 0);

/** w >= 0 that minimises |x - sum of w[j] atoms[j]|; the atoms are 1 long. */
function nonNegative(atoms: readonly number[][], x: readonly number[]): number[] {
  const products = atoms.map((atom) => dot(atom, x));
  const gram = atoms.map((atom) => atoms.map((other) => dot(atom, other)));
  const weights = atoms.map(() => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let j = 0; j < atoms.length; j++) {
      weights[j] = Math.max(0, weights[j]! + products[j]! - dot(gram[j]!, weights));
    }
  }
  return weights;
}
