import { mkdirSync, writeFileSync } from 'node:fs';
import { buildProgram } from '../src/cli/program.ts';
import { version } from '../src/cli/version.ts';
import { renderManual } from './render-manual.ts';

mkdirSync(new URL('../man/', import.meta.url), { recursive: true });
const program = buildProgram(async () => undefined);
writeFileSync(new URL('../man/sonae.1', import.meta.url), renderManual(program, version()));
