import type { Block, Page } from './page.ts';

/** The page as Markdown, to paste into a ticket. */
export function renderMarkdown(page: Page): string {
  const parts = [`# ${escapeMarkdown(page.title)}\n\n${escapeMarkdown(page.subtitle)}\n`];
  for (const { heading, blocks } of page.sections) {
    parts.push(`\n## ${escapeMarkdown(heading)}\n\n${blocks.map(renderBlock).join('\n')}`);
  }
  return parts.join('');
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'facts':
      return block.rows
        .map(([label, value]) => `- **${escapeMarkdown(label)}**: ${escapeMarkdown(value)}\n`)
        .join('');
    case 'list':
      return block.items.map((item) => `- ${escapeMarkdown(item)}\n`).join('');
    case 'code':
      return fence(block.lines);
    case 'text':
      return `${escapeMarkdown(block.text)}\n`;
    case 'table': {
      const row = (cells: readonly string[]) =>
        `| ${cells.map((cell) => escapeMarkdown(cell).replaceAll('|', '\\|')).join(' | ')} |\n`;
      return `${row(block.columns)}${row(block.columns.map(() => '---'))}${block.rows.map(row).join('')}`;
    }
    default:
      return block satisfies never;
  }
}

// Text from a dump must not end the fence that holds it.
function fence(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.map((line) => /`{3,}/.exec(line)?.[0].length ?? 0));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}\n${lines.join('\n')}\n${ticks}\n`;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>[\]#]/g, (character) => `\\${character}`);
}
