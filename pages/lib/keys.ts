/**
 * Where a key leads in a list or a grid that is read row by row: arrows, Home and End, Page Up and Page Down. Null for other keys, and
 * where there is nothing.
 */
export function step(
  key: string,
  { at, count, columns }: { readonly at: number; readonly count: number; readonly columns: number },
): number | null {
  const inRow = columns === 1 ? 0 : 1;
  const page = columns === 1 ? 10 : columns * 5;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -inRow,
    ArrowRight: inRow,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -page,
    PageDown: page,
    Home: -count,
    End: count,
  };
  const move = steps[key];
  if (!move || count === 0) return null;
  const to = at + move;
  if (key === "ArrowUp" || key === "ArrowDown") return to < 0 || to >= count ? Math.max(at, 0) : to;
  return Math.min(Math.max(to, 0), count - 1);
}
