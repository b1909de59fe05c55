import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from './keys.ts';

export type Column<Item> = { name: string; width: string; isFigure?: boolean; cell: (item: Item) => ComponentChildren };

type RowsProps<Item> = {
  label: string;
  items: readonly Item[];
  keyOf: (item: Item) => string;
  columns: readonly Column<Item>[];
  /** The one that is open beside the list. */
  openKey?: string | undefined;
  onOpen?: (item: Item) => void;
  /** Where the list is left: nothing is open any more. */
  onClose?: () => void;
  /** The last of them is seen: more may be fetched. */
  onEnd?: (() => void) | undefined;
};

const ROW_PX = 32;
/** Drawn above and below what shows, so that scrolling meets no gap. */
const BEYOND = 8;

/** A list of any length, of which only what shows is drawn. `j` and `k` move, Enter opens, Esc closes. */
export function Rows<Item>({ label, items, keyOf, columns, openKey, onOpen, onClose, onEnd }: RowsProps<Item>) {
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [focusKey, setFocusKey] = useState<string>();
  const open = items.findIndex((item) => keyOf(item) === (openKey ?? focusKey));
  const first = Math.max(0, Math.floor(view.top / ROW_PX) - BEYOND);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / ROW_PX) + BEYOND);
  const template = columns.map(({ width }) => width).join(' ');

  const look = () => {
    const element = frame.current;
    if (element) setView({ top: element.scrollTop, height: element.clientHeight });
  };
  useLayoutEffect(look, [items.length]);
  useLayoutEffect(() => {
    const resized = new ResizeObserver(look);
    if (!frame.current) return undefined;
    resized.observe(frame.current);
    frame.current.scrollTop = open * ROW_PX - frame.current.clientHeight / 2; // a link may name any of them
    return () => resized.disconnect();
  }, []);
  useEffect(() => {
    if (last === items.length) onEnd?.();
  });

  const move = (by: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, (open < 0 ? (by > 0 ? -1 : items.length) : open) + by))];
    if (!next) return;
    const at = items.indexOf(next) * ROW_PX;
    const element = frame.current;
    if (element && (at < element.scrollTop || at + ROW_PX > element.scrollTop + element.clientHeight - ROW_PX))
      element.scrollTop = Math.max(0, at - element.clientHeight / 2);
    setFocusKey(keyOf(next));
    if (openKey !== undefined) onOpen?.(next);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: (event) => {
      const item = items[open];
      if ((event.target as HTMLElement).matches('button, a, summary')) (event.target as HTMLElement).click();
      else if (item) onOpen?.(item);
    },
    ...(onClose && openKey !== undefined && { Escape: onClose }),
  });

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot leave out the rows that do not show
    <div
      class="rows"
      role="grid"
      aria-label={label}
      aria-rowcount={items.length + 1}
      ref={frame}
      onScroll={look}
      tabIndex={0}
    >
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus */}
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div class="row head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        {columns.map(({ name, isFigure }) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div key={name} role="columnheader" class={isFigure ? 'figure' : ''}>
            {name}
          </div>
        ))}
      </div>
      <div class="rest" style={{ height: `${first * ROW_PX}px` }} />
      {items.slice(first, last).map((item, index) => {
        const key = keyOf(item);
        return (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the grid's
          <div
            key={key}
            role="row"
            aria-rowindex={first + index + 2}
            aria-selected={key === openKey}
            class={key === (openKey ?? focusKey) ? 'row here' : 'row'}
            style={{ gridTemplateColumns: template }}
            onClick={() => onOpen?.(item)}
          >
            {columns.map(({ name, isFigure, cell }) => (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: as above
              <div key={name} role="gridcell" class={isFigure ? 'figure' : ''}>
                {cell(item)}
              </div>
            ))}
          </div>
        );
      })}
      <div class="rest" style={{ height: `${(items.length - last) * ROW_PX}px` }} />
    </div>
  );
}

/** What may be wider than the page scrolls by itself, and with the keyboard, too. */
export function Wide({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by key
    <section class="wide" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
