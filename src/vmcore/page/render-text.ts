import type { Block, Page } from './page.ts';

/** How headings are made to stand out; plain when absent. */
export interface TextStyle {
  title(text: string): string;
  heading(text: string): string;
}

/** A style that changes nothing. */
export const plainStyle: TextStyle = { title: (text) => text, heading: (text) => text };

/** The page for a terminal. Lines are not wrapped: traces and commands must be copied whole. */
export function renderText(page: Page, style: TextStyle = plainStyle): string {
  const parts = [`${style.title(page.title)}\n${page.subtitle}\n`];
  for (const { heading, blocks } of page.sections) {
    parts.push(`\n${style.heading(heading)}\n${blocks.map(renderBlock).join('')}`);
  }
  return parts.join('');
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'facts': {
      const width = Math.max(...block.rows.map(([label]) => label.length));
      return lines(block.rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`));
    }
    case 'list':
      return lines(block.items.map((item) => `- ${item}`));
    case 'code':
      return lines(block.lines.map((line) => `  ${line}`));
    case 'text':
      return lines([block.text]);
    case 'table':
      return lines(alignColumns([block.columns, ...block.rows]));
    default:
      return block satisfies never;
  }
}

function lines(all: readonly string[]): string {
  return all.map((line) => `  ${line}`.trimEnd().concat('\n')).join('');
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
