import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { step } from "./keys.js";
import { useVirtualRows } from "./use-virtual-rows.js";

export interface ListBoxProps {
  /** What the list holds and what its keys do, for a screen reader. */
  readonly label: string;
  readonly count: number;
  /** In pixels; the style has it too. */
  readonly rowHeight: number;
  /** Place of the chosen row; -1 where it is not in the list. */
  readonly chosen: number;
  readonly choose: (row: number) => void;
  readonly draw: (row: number) => ComponentChildren;
  /** What stands there where nothing does. */
  readonly empty: string;
}

/** A long list of which one row is chosen, by a click or by the arrow keys. Only what is in sight is drawn. */
export function ListBox({ label, count, rowHeight, chosen, choose, draw, empty }: ListBoxProps) {
  const box = useRef<HTMLDivElement>(null);
  const { rows, height, scrollTo } = useVirtualRows(count, rowHeight, () => box.current);
  useEffect(() => {
    if (chosen >= 0) scrollTo(chosen);
  }, [chosen]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = step(event.key, { at: chosen, count, columns: 1 });
    if (next === null) return;
    event.preventDefault();
    choose(next);
  };
  return (
    <div class="list">
      <div
        ref={box}
        class="scroll"
        role="listbox"
        aria-label={label}
        aria-activedescendant={rows.some(({ index }) => index === chosen) ? `row-${chosen}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <div class="rows" role="presentation" style={{ height: `${height}px` }}>
          {rows.map(({ index, start }) => (
            <div
              key={index}
              id={`row-${index}`}
              class="list-row"
              role="option"
              aria-selected={index === chosen}
              aria-setsize={count}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)`, height: `${rowHeight}px` }}
              onClick={() => choose(index)}
            >
              {draw(index)}
            </div>
          ))}
        </div>
      </div>
      {count === 0 ? <p class="fact">{empty}</p> : null}
    </div>
  );
}
