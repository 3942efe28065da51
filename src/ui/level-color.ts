import chalk from 'chalk';

/** A line of the kernel log coloured by its level (0 emergency to 7 debug), as dmesg --color does. */
export function colorByLevel(line: string, level: number | undefined): string {
  if (level === undefined || level > 4) return line;
  if (level <= 2) return chalk.bold.red(line);
  return level === 3 ? chalk.red(line) : chalk.yellow(line);
}

/** The look of a page on a terminal that has colours. */
export const colorfulPage = {
  title: (text: string) => chalk.bold(text),
  heading: (text: string) => chalk.bold.cyan(text),
} as const;
